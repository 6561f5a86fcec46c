// Cuts the text of an expression into tokens. Ends with an "end" token, or with an "error" token that spans the rest.
// Comes from: callers' text. Goes to: parse/parser.
// Braces and brackets have words of their own, as in Prometheus, so that its error texts come out the same.
import type { SourceRange } from "../ast.js";
import { isDigit, scanNumber } from "./number.js";
import { quoteRune, scanString } from "./string.js";
import { type Token, type TokenKind, wordKind } from "./token.js";

export function lexExpression(text: string): Token[] {
  return new Lexer(text).tokens();
}

const isSpace = (character: string): boolean => " \t\n\r".includes(character) && character !== "";
const isAlpha = (character: string): boolean => /^[a-zA-Z_]/.test(character);

const twoCharacterOperators = new Set(["==", "!=", "<=", ">=", "</", ">/"]);
const durationWords = new Set(["step", "range", "min_of", "max_of"]);

class Lexer {
  readonly #text: string;
  readonly #offsets: Uint32Array | undefined;
  readonly #tokens: Token[] = [];
  #start = 0;
  #parenDepth = 0;
  #inBraces = false;
  #inBrackets = false;
  #sawColon = false;
  #sawDuration = false;

  constructor(text: string) {
    this.#text = text;
    this.#offsets = byteOffsets(text);
  }

  tokens(): Token[] {
    let isOpen = true;
    while (isOpen) {
      this.#skipBlank();
      if (this.#inBraces) isOpen = this.#lexInsideBraces();
      else if (this.#inBrackets) isOpen = this.#lexDuration();
      else isOpen = this.#lexStatement();
    }
    return this.#tokens;
  }

  #skipBlank(): void {
    for (;;) {
      while (isSpace(this.#text.charAt(this.#start))) this.#start++;
      if (this.#text[this.#start] !== "#") return;
      const end = this.#text.indexOf("\n", this.#start);
      this.#start = end < 0 ? this.#text.length : end;
    }
  }

  // Each of these takes one token and returns whether more may follow.

  #lexStatement(): boolean {
    const character = this.#text.charAt(this.#start);
    if (character === "") return this.#end();
    if (isDigit(character) || (character === "." && isDigit(this.#text.charAt(this.#start + 1)))) {
      return this.#number();
    }
    if (`"'\``.includes(character)) return this.#string();
    if (isAlpha(character) || character === ":") return this.#word();
    if ("+-*/%^@".includes(character)) return this.#emit("operator", 1);
    if ("=!<>".includes(character)) return this.#comparison(character);
    switch (character) {
      case ",":
        return this.#emit("punctuation", 1);
      case "(":
      case ")":
        return this.#paren(character);
      case "{":
        this.#inBraces = true;
        return this.#emit("punctuation", 1);
      case "[":
        this.#inBrackets = true;
        this.#sawColon = false;
        this.#sawDuration = false;
        return this.#emit("punctuation", 1);
      case "]":
        return this.#fail(`unexpected right bracket ${quoteRune(character)}`);
      default:
        return this.#fail(`unexpected character: ${quoteRune(this.#rune())}`);
    }
  }

  #lexInsideBraces(): boolean {
    const character = this.#text.charAt(this.#start);
    if (character === "") return this.#fail("unexpected end of input inside braces");
    if (isAlpha(character)) return this.#emit("identifier", this.#wordLength(/[a-zA-Z0-9_]*/y));
    if (`"'\``.includes(character)) return this.#string();
    switch (character) {
      case ",":
        return this.#emit("punctuation", 1);
      case "=":
        return this.#text[this.#start + 1] === "~" ? this.#emit("operator", 2) : this.#emit("punctuation", 1);
      case "!":
        if ("~=".includes(this.#text.charAt(this.#start + 1) || " ")) return this.#emit("operator", 2);
        return this.#fail(`unexpected character after '!' inside braces: ${quoteRune(this.#rune(1))}`);
      case "{":
        return this.#fail(`unexpected left brace ${quoteRune(character)}`);
      case "}":
        this.#inBraces = false;
        return this.#emit("punctuation", 1);
      default:
        return this.#fail(`unexpected character inside braces: ${quoteRune(this.#rune())}`);
    }
  }

  #lexDuration(): boolean {
    const character = this.#text.charAt(this.#start);
    if (character === "") return this.#fail("unexpected end of input in duration expression");
    if (isDigit(character) || (character === "." && isDigit(this.#text.charAt(this.#start + 1)))) {
      this.#sawDuration = true;
      return this.#number();
    }
    if (isAlpha(character)) return this.#durationWord();
    if ("+-*/%^".includes(character)) return this.#emit("operator", 1);
    switch (character) {
      case ",":
        return this.#emit("punctuation", 1);
      case "(":
      case ")":
        return this.#paren(character);
      case ":":
        return this.#colon();
      case "]":
        this.#inBrackets = false;
        return this.#emit("punctuation", 1);
      default:
        return this.#fail(`unexpected character in duration expression: ${quoteRune(this.#rune())}`);
    }
  }

  #durationWord(): boolean {
    const length = this.#wordLength(/[a-zA-Z0-9_]*/y);
    const word = this.#text.slice(this.#start, this.#start + length).toLowerCase();
    if (durationWords.has(word)) {
      this.#sawDuration = true;
      return this.#emit("keyword", length);
    }
    const rune = quoteRune(this.#rune());
    return this.#fail(
      this.#sawDuration
        ? `unexpected character: ${rune}, expected ':'`
        : `unexpected character in duration expression: ${rune}`,
    );
  }

  #colon(): boolean {
    if (!this.#sawDuration) return this.#fail("unexpected colon before duration in duration expression");
    if (this.#sawColon) return this.#fail("unexpected repeated colon in duration expression");
    this.#sawColon = true;
    return this.#emit("punctuation", 1);
  }

  #paren(character: string): boolean {
    this.#emit("punctuation", 1);
    this.#parenDepth += character === "(" ? 1 : -1;
    if (this.#parenDepth >= 0) return true;
    this.#tokens.pop();
    return this.#fail(`unexpected right parenthesis ${quoteRune(character)}`);
  }

  #comparison(character: string): boolean {
    const two = this.#text.slice(this.#start, this.#start + 2);
    if (twoCharacterOperators.has(two)) return this.#emit("operator", 2);
    if (two === "=~") return this.#fail("unexpected character after '=': '~'");
    if (character === "!") return this.#fail(`unexpected character after '!': ${quoteRune(this.#rune(1))}`);
    return this.#emit(character === "=" ? "punctuation" : "operator", 1);
  }

  #word(): boolean {
    const length = this.#wordLength(/[a-zA-Z0-9_:]*/y);
    return this.#emit(wordKind(this.#text.slice(this.#start, this.#start + length)), length);
  }

  #string(): boolean {
    const scanned = scanString(this.#text, this.#start);
    return "end" in scanned ? this.#emit("string", scanned.end - this.#start) : this.#fail(scanned.message);
  }

  #number(): boolean {
    const { kind, length } = scanNumber(this.#text, this.#start);
    if (kind !== "error") return this.#emit(kind, length);
    const text = this.#text.slice(this.#start, this.#start + length);
    return this.#fail(`bad number or duration syntax: ${JSON.stringify(text)}`);
  }

  #end(): boolean {
    if (this.#parenDepth > 0) return this.#fail("unclosed left parenthesis");
    this.#emit("end", 0);
    return false;
  }

  #wordLength(form: RegExp): number {
    form.lastIndex = this.#start;
    return (form.exec(this.#text) as RegExpExecArray)[0].length;
  }

  #rune(ahead = 0): string {
    const code = this.#text.codePointAt(this.#start + ahead);
    return code === undefined ? "\ufffd" : String.fromCodePoint(code);
  }

  #emit(kind: TokenKind, length: number): boolean {
    const text = this.#text.slice(this.#start, this.#start + length);
    const isWord = kind === "keyword" || kind === "operator" || kind === "aggregator";
    const range = this.#range(this.#start, this.#start + length);
    this.#tokens.push({ kind, text, word: isWord ? text.toLowerCase() : text, range });
    this.#start += length;
    return true;
  }

  // The range of a lexer error is the rest of the text, as in Prometheus.
  #fail(message: string): boolean {
    const range = this.#range(this.#start, this.#text.length);
    this.#tokens.push({ kind: "error", text: "", word: message, range });
    return false;
  }

  #range(start: number, end: number): SourceRange {
    const offsets = this.#offsets;
    return offsets ? { start: offsets[start] as number, end: offsets[end] as number } : { start, end };
  }
}

// UTF-16 index to byte offset; undefined for ASCII text, where they are the same. A lone surrogate counts as the one bad byte it stands for.
function byteOffsets(text: string): Uint32Array | undefined {
  if (!/[^\p{ASCII}]/u.test(text)) return undefined;
  const offsets = new Uint32Array(text.length + 1);
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    offsets[i] = offset;
    const code = text.codePointAt(i) as number;
    if (code > 0xffff) {
      i++;
      offsets[i] = offset;
      offset += 4;
    } else if (code >= 0xd800 && code < 0xe000) offset += 1;
    else offset += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  offsets[text.length] = offset;
  return offsets;
}
