/** Where in a template something went wrong. `line` counts from 1, `column` (bytes) from 0, as Go prints them. */
export interface TemplatePosition {
  readonly name: string;
  readonly line: number;
  readonly column: number | undefined;
}

/**
 * A template that cannot be parsed, escaped or executed. The message is Go's, position included:
 * `template: name:1:2: executing "name" at <.Nope>: can't evaluate field Nope in type string`.
 */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  /** The execution was given up to wait for something, not ended by a fault: see alert/queries. */
  readonly isPending: boolean = false;
  readonly position: TemplatePosition | undefined;

  constructor(message: string, position?: TemplatePosition, options?: ErrorOptions) {
    super(message, options);
    this.position = position;
  }
}

/** Thrown by a template function; the evaluator adds the position and "error calling <name>: ". */
export class CallError extends Error {
  override readonly name = "CallError";
}

/** Thrown when a bound of the sandbox is reached; never taken for a function's own failure. */
export class TemplateLimitError extends TemplateError {}

/** Line and byte column of a character offset. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let i = before.indexOf("\n"); i >= 0; i = before.indexOf("\n", i + 1)) line++;
  return { line, column: Buffer.byteLength(before.slice(lineStart)) };
}
