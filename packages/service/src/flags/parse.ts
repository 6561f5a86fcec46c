// Command lines by the rules of Prometheus' programs (kingpin): --x=v and --x v, --no-x for booleans, repeatable lists,
// flags and words in any order, `--` before words that look like flags, `@file` for arguments that stand in a file.
// A table of specs goes in, a record of typed values under the same names comes out.
import { readFileSync } from "node:fs";
import { parseDuration } from "@narthex/model";
import { parseSize } from "../size.js";
import { HelpRequested, UsageError } from "./errors.js";
import { printHelp } from "./help.js";
import type { FlagKind, FlagSpec, FlagTable, FlagValues } from "./spec.js";

export type FlagRequest<T extends FlagTable> = {
  /** As typed by the user: "narthex server". */
  readonly name: string;
  readonly description: string;
  readonly table: T;
  readonly args: readonly string[];
};

export type CommandLineRequest<T extends FlagTable> = FlagRequest<T> & {
  /** The words as help shows them: "<server> <expr>", "<file>...", "[<db path>] [<block id>]". */
  readonly words: string;
  /** A word may begin with a dash, where no short flag has its letter: the expression -up. */
  readonly hasDashedWords?: boolean;
};

export type CommandLineValues<T extends FlagTable> = {
  readonly flags: FlagValues<T>;
  readonly words: readonly string[];
  /** Names of the flags that the user typed, in order, be their values the defaults or not. */
  readonly given: readonly string[];
};

/** Files that `@file` may name, in all. */
const argumentFilesMax = 100;

/** Throws UsageError and HelpRequested. */
export function parseFlags<T extends FlagTable>(request: FlagRequest<T>): FlagValues<T> {
  return parseCommandLine({ ...request, words: "" }).flags;
}

/** Throws UsageError and HelpRequested. */
export function parseCommandLine<T extends FlagTable>(request: CommandLineRequest<T>): CommandLineValues<T> {
  const { table, name } = request;
  try {
    const { given, words } = readArguments(request);
    checkWords(request.words, words);
    const missing = Object.keys(table).find((flag) => table[flag]?.options.required && !given.has(flag));
    if (missing !== undefined) throw new UsageError(`required flag --${missing} not provided`);
    const values = Object.entries(table).map(([flag, spec]) => [
      flag,
      given.has(flag) ? given.get(flag) : spec.initial,
    ]);
    return { flags: Object.fromEntries(values) as FlagValues<T>, words, given: [...given.keys()] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: error: ${error.message}, try --help`, { cause: error });
  }
}

type Given = Map<string, unknown>;

function readArguments(request: CommandLineRequest<FlagTable>): { given: Given; words: string[] } {
  const { table } = request;
  const given: Given = new Map();
  const words: string[] = [];
  const rest = [...request.args];
  let files = 0;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") return { given, words: [...words, ...rest] };
    if (arg === "--help" || arg === "-h") throw new HelpRequested(printHelp(request));
    if (arg.startsWith("--")) readLong(arg, { table, given, rest });
    else if (arg.startsWith("-") && arg !== "-") {
      if (!readShort(arg, { table, given, rest }) && !keepDashed(arg, request, words)) throw unknownShort(arg);
    } else if (arg.startsWith("@") && arg !== "@") {
      if (++files > argumentFilesMax) throw new UsageError(`more than ${argumentFilesMax} files of arguments`);
      rest.unshift(...argumentsIn(arg.slice(1)));
    } else words.push(arg);
  }
  return { given, words };
}

function keepDashed(arg: string, request: CommandLineRequest<FlagTable>, words: string[]): boolean {
  if (!request.hasDashedWords) return false;
  words.push(arg);
  return true;
}

function unknownShort(arg: string): UsageError {
  return new UsageError(`unknown short flag '${arg.slice(0, 2)}'`);
}

type Reading = { readonly table: FlagTable; readonly given: Given; readonly rest: string[] };

function readLong(arg: string, reading: Reading): void {
  const equals = arg.indexOf("=");
  const name = arg.slice(2, equals < 0 ? undefined : equals);
  const attached = equals < 0 ? undefined : arg.slice(equals + 1);
  const { table } = reading;
  if (Object.hasOwn(table, name)) {
    readFlag({ ...reading, name, spec: table[name] as FlagSpec, attached });
    return;
  }
  const positive = name.replace(/^no-/, "");
  const spec = positive !== name && Object.hasOwn(table, positive) ? table[positive] : undefined;
  if (spec?.kind !== "boolean" || attached !== undefined) throw new UsageError(`unknown long flag '--${name}'`);
  keep(reading.given, { name: positive, spec, value: false });
}

/** -o json, -ojson where json is a choice, -iq for two switches; false when the letters are no flags. */
function readShort(arg: string, reading: Reading): boolean {
  const flags = Array.from(arg.slice(1), (letter) => longName(reading.table, letter));
  const [name] = flags;
  if (name === undefined) return false;
  const spec = reading.table[name] as FlagSpec;
  if (spec.kind !== "boolean") {
    const attached = arg.length > 2 ? arg.slice(2) : undefined;
    if (attached !== undefined && !spec.options.choices?.includes(attached)) return false;
    readFlag({ ...reading, name, spec, attached });
    return true;
  }
  if (!flags.every((flag) => flag !== undefined && reading.table[flag]?.kind === "boolean")) return false;
  for (const flag of flags as string[]) {
    readFlag({ ...reading, name: flag, spec: reading.table[flag] as FlagSpec, attached: undefined });
  }
  return true;
}

function longName(table: FlagTable, letter: string): string | undefined {
  return Object.keys(table).find((name) => table[name]?.options.short === letter);
}

type FlagReading = Reading & {
  readonly name: string;
  readonly spec: FlagSpec;
  /** What stands behind the "=". */
  readonly attached: string | undefined;
};

function readFlag({ name, spec, attached, given, rest }: FlagReading): void {
  // --x=true as Go's flag package allows it, next to --x and --no-x.
  if (spec.kind === "boolean") {
    keep(given, { name, spec, value: attached === undefined || parseBoolean(name, attached) });
    return;
  }
  const text = attached ?? rest.shift();
  if (text === undefined) throw new UsageError(`expected argument for flag '--${name}'`);
  const { choices } = spec.options;
  if (choices && !choices.includes(text)) {
    throw new UsageError(`enum value must be one of ${choices.join(",")}, got '${text}' for flag '--${name}'`);
  }
  keep(given, { name, spec, value: parsers[spec.kind](name, text) });
}

function keep(given: Given, { name, spec, value }: { name: string; spec: FlagSpec; value: unknown }): void {
  if (spec.kind === "strings") given.set(name, [...((given.get(name) as string[] | undefined) ?? []), value]);
  else if (given.has(name)) throw new UsageError(`flag '${name}' cannot be repeated`);
  else given.set(name, value);
}

const parsers: Record<Exclude<FlagKind, "boolean">, (name: string, text: string) => unknown> = {
  string: (_name, text) => text,
  strings: (_name, text) => text,
  number: (name, text) => {
    const value = Number(text);
    if (text.trim() === "" || Number.isNaN(value)) throw new UsageError(`--${name}: "${text}" is not a number`);
    return value;
  },
  duration: (name, text) => named(name, () => parseDuration(text)),
  size: (name, text) => named(name, () => parseSize(text)),
};

function named<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(`--${name}: ${(error as Error).message}`, { cause: error });
  }
}

function parseBoolean(name: string, text: string): boolean {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new UsageError(`--${name}: "${text}" is neither true nor false`);
}

/** A line each; lines that begin with # are comments. */
function argumentsIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  return text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
}

function checkWords(usage: string, words: readonly string[]): void {
  const names = usage.match(/\[?<[^>]+>(\.\.\.)?\]?/g) ?? [];
  const missing = names.find((name, i) => !name.startsWith("[") && words[i] === undefined);
  if (missing !== undefined) throw new UsageError(`required argument '${missing.replace(/[<>.]/g, "")}' not provided`);
  const extra = usage.includes("...") ? undefined : words[names.length];
  if (extra !== undefined) throw new UsageError(`unexpected ${extra}`);
}
