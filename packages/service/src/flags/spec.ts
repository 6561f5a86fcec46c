// What a command line may hold: a table of flags by name, each with its kind, default and help.
// Goes to: flags/parse (values), flags/help (text).
import { parseDuration } from "@narthex/model";
import { parseSize } from "../size.js";

export type FlagKind = "string" | "strings" | "boolean" | "number" | "duration" | "size";

export type FlagOptions = {
  readonly hidden?: boolean;
  readonly choices?: readonly string[];
  /** One letter: "o" for -o. */
  readonly short?: string;
  readonly required?: boolean;
};

export type FlagSpec<T = unknown> = {
  readonly kind: FlagKind;
  readonly initial: T;
  /** What --help shows as the default. */
  readonly initialText: string;
  readonly help: string;
  readonly options: FlagOptions;
};

/** Keyed by the flag's name without dashes: "web.listen-address". */
export type FlagTable = Readonly<Record<string, FlagSpec>>;

export type FlagValues<T extends FlagTable> = {
  readonly [Name in keyof T]: T[Name] extends FlagSpec<infer Value> ? Value : never;
};

export function stringFlag(initial: string, help: string, options: FlagOptions = {}): FlagSpec<string> {
  return { kind: "string", initial, initialText: initial, help, options };
}

export function stringsFlag(
  initial: readonly string[],
  help: string,
  options: FlagOptions = {},
): FlagSpec<readonly string[]> {
  return { kind: "strings", initial, initialText: initial.join(","), help, options };
}

export function booleanFlag(initial: boolean, help: string, options: FlagOptions = {}): FlagSpec<boolean> {
  return { kind: "boolean", initial, initialText: String(initial), help, options };
}

export function numberFlag(initial: number, help: string, options: FlagOptions = {}): FlagSpec<number> {
  return { kind: "number", initial, initialText: String(initial), help, options };
}

/** Value in milliseconds. */
export function durationFlag(initial: string, help: string, options: FlagOptions = {}): FlagSpec<number> {
  return { kind: "duration", initial: parseDuration(initial), initialText: initial, help, options };
}

/** Value in bytes. */
export function sizeFlag(initial: string, help: string, options: FlagOptions = {}): FlagSpec<number> {
  return { kind: "size", initial: parseSize(initial), initialText: initial, help, options };
}
