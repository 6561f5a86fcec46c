// The one error that a body from outside can raise.

/** A body that is not what its format asks. `message` is Prometheus' text; line and column count from 1, columns in bytes. */
export class ParseError extends Error {
  override readonly name = "ParseError";
  readonly line: number;
  readonly column: number;

  constructor(message: string, position: { readonly line: number; readonly column: number }) {
    super(message);
    this.line = position.line;
    this.column = position.column;
  }
}

const newline = 0x0a;

/** Where `offset` lies in a text body. */
export function positionAt(body: Uint8Array, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let i = body.indexOf(newline); i >= 0 && i < offset; i = body.indexOf(newline, i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
