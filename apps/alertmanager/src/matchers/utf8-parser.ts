// The UTF-8 matcher grammar: `{name op value, …}` where names and values are quoted or free of reserved characters.
// Prometheus: alertmanager matcher/parse; the error texts are seen by users of the API and amtool.
import { type Matcher, type MatchType, matcherFrom } from "@narthex/model";
import { unquote } from "./go-string.js";
import { Lexer, MatcherSyntaxError, type Token, type TokenKind } from "./utf8-lexer.js";

/** Throws MatcherSyntaxError, or Error for a bad regular expression. */
export function parseUtf8(input: string): Matcher[] {
  const lexer = new Lexer(input);
  const isBraced = lexer.peek()?.kind === "open";
  if (isBraced) lexer.next();
  const matchers: Matcher[] = [];
  while (!isAtEnd(lexer, isBraced)) {
    matchers.push(parseOne(lexer));
    if (!isAtEnd(lexer, isBraced)) expect(lexer, ["comma"], isBraced ? "a comma or close brace" : "a comma");
  }
  if (isBraced) lexer.next();
  const rest = lexer.next();
  if (rest) throw new MatcherSyntaxError(`${rest.start}:${rest.end}: ${rest.text}: expected end of input`);
  return matchers;
}

// Ends at the closing brace, which is left to the caller, or at the end of input where there is no brace.
function isAtEnd(lexer: Lexer, isBraced: boolean): boolean {
  const token = peekExpecting(lexer, isBraced ? "a comma or close brace" : "a comma");
  if (token === undefined && isBraced) throw endOfInput(lexer, "close brace");
  if (token?.kind === "close" && !isBraced) {
    throw new MatcherSyntaxError(`0:${lexer.length}: }: expected opening brace`);
  }
  return token === undefined || token.kind === "close";
}

function parseOne(lexer: Lexer): Matcher {
  const name = textOf(expect(lexer, ["quoted", "unquoted"], "label name"));
  const type = expect(lexer, ["operator"], "an operator such as '=', '!=', '=~' or '!~'").text as MatchType;
  const value = textOf(expect(lexer, ["quoted", "unquoted"], "label value"));
  return matcherFrom(type, name, value);
}

function textOf(token: Token): string {
  if (token.kind === "unquoted") return token.text;
  const text = unquote(token.text);
  if (text === undefined) throw new MatcherSyntaxError(`${token.start}:${token.end}: ${token.text}: invalid input`);
  return text;
}

function expect(lexer: Lexer, kinds: readonly TokenKind[], what: string): Token {
  const token = peekExpecting(lexer, what);
  if (!token) throw endOfInput(lexer, what);
  if (!kinds.includes(token.kind)) {
    throw new MatcherSyntaxError(`${token.start}:${token.end}: unexpected ${token.text}: expected ${what}`);
  }
  lexer.next();
  return token;
}

function peekExpecting(lexer: Lexer, what: string): Token | undefined {
  try {
    return lexer.peek();
  } catch (error) {
    if (error instanceof MatcherSyntaxError) throw new MatcherSyntaxError(`${error.message}: expected ${what}`);
    throw error;
  }
}

function endOfInput(lexer: Lexer, what: string): MatcherSyntaxError {
  return new MatcherSyntaxError(`0:${lexer.length}: end of input: expected ${what}`);
}
