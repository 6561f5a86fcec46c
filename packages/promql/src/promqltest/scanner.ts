// Walks along one line of a test file.
import { scanString, unquote } from "../lex/string.js";

/** A line that does not follow the test language; `column` counts from 1. */
export class TestSyntaxError extends Error {
  override readonly name = "TestSyntaxError";
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

export class LineScanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** What a sticky regular expression matches here, consumed; undefined when it does not match. */
  match(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.at;
    const match = form.exec(this.text);
    if (!match) return undefined;
    this.at += match[0].length;
    return match;
  }

  /** Consumes `literal` if it stands here. */
  accept(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  expect(literal: string): void {
    if (!this.accept(literal)) throw this.error(`expected "${literal}"`);
  }

  skipSpace(): void {
    this.match(/\s*/y);
  }

  /** A string literal as PromQL writes it; undefined when no quote stands here. */
  string(): string | undefined {
    if (!/^["'`]/.test(this.text.slice(this.at, this.at + 1))) return undefined;
    const end = scanString(this.text, this.at);
    if ("message" in end) throw this.error(end.message);
    const value = unquote(this.text.slice(this.at, end.end));
    this.at = end.end;
    return value;
  }

  error(message: string): TestSyntaxError {
    const rest = this.text.slice(this.at, this.at + 20);
    return new TestSyntaxError(`${message} at ${rest === "" ? "the end" : JSON.stringify(rest)}`, this.at + 1);
  }
}
