// The parser's place in the token list, with the two ways to complain: at a token, or at a range.
import type { SourceRange } from "../ast.js";
import { ParseError } from "../error.js";
import type { PromqlFeature } from "../feature.js";
import { lexExpression } from "../lex/lexer.js";
import { describeToken, type Token } from "../lex/token.js";

/** Bytes of expression text. Generated dashboards reach tens of kilobytes. */
export const expressionLengthMax: number = 256 * 1024;
/** Parentheses, calls, operators inside one another; bounds the stack of everything that walks a tree. */
export const nestingMax: number = 500;

export class TokenCursor {
  readonly text: string;
  readonly features: ReadonlySet<PromqlFeature>;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  /** What an unexpected token is said to stand in, where the grammar at that place says nothing narrower. */
  context = "";

  constructor(text: string, features: ReadonlySet<PromqlFeature>) {
    this.text = text;
    this.features = features;
    if (text.length > expressionLengthMax) {
      throw new ParseError("", { start: 0, end: 0 }, `expression is longer than ${expressionLengthMax} bytes`);
    }
    this.#tokens = lexExpression(text);
  }

  /** The next token; throws the lexer's error where it stands here. */
  peek(): Token {
    const token = this.#at(this.#index);
    if (token.kind === "error") throw this.errorAt(token.range, token.word);
    return token;
  }

  /** The token behind the next one, without its errors. */
  peekSecond(): Token {
    return this.#at(this.#index + 1);
  }

  next(): Token {
    const token = this.peek();
    this.#index++;
    return token;
  }

  /** End of the token taken last. */
  lastEnd(): number {
    return this.#index === 0 ? 0 : this.#at(this.#index - 1).range.end;
  }

  isNext(word: string): boolean {
    const token = this.peek();
    return token.word === word && token.kind !== "string" && token.kind !== "identifier";
  }

  /** Takes the next token if it is `word`. */
  accept(word: string): Token | undefined {
    return this.isNext(word) ? this.next() : undefined;
  }

  expect(word: string, where: { context?: string; expected?: string } = {}): Token {
    return this.accept(word) ?? this.unexpected(where);
  }

  unexpected(where: { context?: string; expected?: string } = {}): never {
    const token = this.peek();
    const context = where.context ?? this.context;
    let reason = `unexpected ${describeToken(token)}`;
    if (context) reason += ` in ${context}`;
    if (where.expected) reason += `, expected ${where.expected}`;
    throw this.errorAt(token.range, reason);
  }

  errorAt(range: SourceRange, reason: string): ParseError {
    return new ParseError(this.text, range, reason);
  }

  /** Throws where a chain of operators, which is a tree as deep as it is long, has become too long. */
  checkChain(operators: number): void {
    if (operators + this.#depth <= nestingMax) return;
    throw this.errorAt(this.peek().range, `expression is nested deeper than ${nestingMax}`);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    this.#depth++;
    if (this.#depth > nestingMax)
      throw this.errorAt(this.peek().range, `expression is nested deeper than ${nestingMax}`);
    const result = parse();
    this.#depth--;
    return result;
  }

  #at(index: number): Token {
    return this.#tokens[Math.min(index, this.#tokens.length - 1)] as Token;
  }
}
