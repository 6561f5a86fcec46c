// Cuts `{name op "value", …}` into tokens. Positions count characters, not bytes or UTF-16 units.
// Goes to: utf8-parser.

export type TokenKind = "open" | "close" | "comma" | "operator" | "unquoted" | "quoted";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Bad input; the message starts with "start:end: ", the columns of what is wrong. */
export class MatcherSyntaxError extends Error {
  override readonly name = "MatcherSyntaxError";
}

const reserved = /[\s\u0085{}!=~,\\"'`]/u;
const space = /[\s\u0085]/u;
const punctuation: Readonly<Record<string, TokenKind>> = { "{": "open", "}": "close", ",": "comma" };

/** Whether a label name needs quotes in the UTF-8 grammar. */
export function hasReservedCharacter(name: string): boolean {
  return reserved.test(name);
}

export class Lexer {
  readonly #characters: readonly string[];
  #at = 0;
  #peeked: Token | undefined;

  constructor(input: string) {
    this.#characters = Array.from(input);
  }

  get length(): number {
    return this.#characters.length;
  }

  /** The next token without taking it; undefined at the end. Throws MatcherSyntaxError. */
  peek(): Token | undefined {
    this.#peeked ??= this.#scan();
    return this.#peeked;
  }

  next(): Token | undefined {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  #scan(): Token | undefined {
    while (space.test(this.#characters[this.#at] ?? "")) this.#at++;
    const start = this.#at;
    const character = this.#characters[start];
    if (character === undefined) return undefined;
    const kind = punctuation[character];
    if (kind) return this.#token(kind, start, start + 1);
    if (character === "=" || character === "!") return this.#operator(start, character);
    if (character === '"') return this.#quoted(start);
    if (reserved.test(character)) throw new MatcherSyntaxError(`${start}:${start + 1}: ${character}: invalid input`);
    let end = start;
    while (end < this.length && !reserved.test(this.#characters[end] as string)) end++;
    return this.#token("unquoted", start, end);
  }

  #operator(start: number, character: "=" | "!"): Token {
    const second = this.#characters[start + 1];
    if (second === "~" || (character === "!" && second === "=")) return this.#token("operator", start, start + 2);
    if (character === "=") return this.#token("operator", start, start + 1);
    const what = second === undefined ? "unexpected end of input, expected" : "!: expected";
    throw new MatcherSyntaxError(`${start}:${start + 1}: ${what} one of '=~'`);
  }

  #quoted(start: number): Token {
    for (let i = start + 1; i < this.length; i++) {
      if (this.#characters[i] === "\\") i++;
      else if (this.#characters[i] === '"') return this.#token("quoted", start, i + 1);
    }
    const text = this.#characters.slice(start).join("");
    throw new MatcherSyntaxError(`${start}:${this.length}: ${text}: missing end "`);
  }

  #token(kind: TokenKind, start: number, end: number): Token {
    this.#at = end;
    return { kind, text: this.#characters.slice(start, end).join(""), start, end };
  }
}
