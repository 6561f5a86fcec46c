// Lines of a test file with their numbers, and errors that name them.
import { parseDuration } from "@narthex/model";
import { TestSyntaxError } from "./scanner.js";

/** A script that cannot be read; `line` counts from 1. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly line: number;

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(`line ${line}: ${message}`, options);
    this.line = line;
  }
}

/** A line of a block with its number in the file. */
export type NumberedLine = { readonly line: number; readonly text: string };

/** A duration from time 0, may be negative. */
export function parseTime({ line }: NumberedLine, text: string): number {
  const isNegative = text.startsWith("-");
  try {
    const ms = parseDuration(isNegative ? text.slice(1) : text);
    return isNegative && ms !== 0 ? -ms : ms;
  } catch (error) {
    throw new ScriptError(line, `invalid time ${JSON.stringify(text)}`, { cause: error });
  }
}

/** Adds the line number to what a line's parser finds wrong. */
export function inLine<T>({ line }: NumberedLine, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TestSyntaxError) throw new ScriptError(line, error.message, { cause: error });
    throw error;
  }
}
