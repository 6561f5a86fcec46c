// Command-line flags in Prometheus' manner: --web.listen-address=:9090, --no-x for booleans, repeatable lists.
// A table of specs goes in, a record of typed values under the same names comes out.
import { parseDuration } from "@narthex/model";
import { Command, CommanderError, Option } from "commander";
import { parseSize } from "./size.js";

type FlagKind = "string" | "strings" | "boolean" | "number" | "duration" | "size";

type FlagOptions = { readonly hidden?: boolean; readonly choices?: readonly string[] };

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

/** The command line is wrong; the message says how. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** --help was given; `text` is what to print. */
export class HelpRequested extends Error {
  override readonly name = "HelpRequested";
  readonly text: string;
  constructor(text: string) {
    super("help requested");
    this.text = text;
  }
}

export type FlagRequest<T extends FlagTable> = {
  /** As typed by the user: "narthex server". */
  readonly name: string;
  readonly description: string;
  readonly table: T;
  readonly args: readonly string[];
};

/** Throws UsageError and HelpRequested. */
export function parseFlags<T extends FlagTable>(request: FlagRequest<T>): FlagValues<T> {
  const command = commandFrom(request);
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} });
  try {
    command.parse([...request.args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") throw new HelpRequested(help);
    throw new UsageError(`${request.name}: ${error.message.replace(/^error: /, "")}; see ${request.name} --help`);
  }
  const options = command.opts() as Record<string, unknown>;
  const entries = Object.entries(request.table).map(([name, spec]) => [
    name,
    options[attributeName(name)] ?? spec.initial,
  ]);
  return Object.fromEntries(entries) as FlagValues<T>;
}

function commandFrom(request: FlagRequest<FlagTable>): Command {
  const command = new Command(request.name)
    .description(request.description)
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption("-h, --help", "Show this help.");
  for (const [name, spec] of Object.entries(request.table)) {
    for (const option of optionsFrom(name, spec)) command.addOption(option);
  }
  return command;
}

function optionsFrom(name: string, spec: FlagSpec): Option[] {
  const help = spec.initialText === "" ? spec.help : `${spec.help} (default: ${spec.initialText})`;
  if (spec.kind === "boolean") {
    // --x=true as Go's flag packages allow it, next to --x and --no-x.
    const on = new Option(`--${name} [bool]`, help).argParser((text) => parseBoolean(name, text)).preset("true");
    return [on.hideHelp(spec.options.hidden === true), new Option(`--no-${name}`).hideHelp()];
  }
  const option = new Option(`--${name} <${spec.kind === "strings" ? "value…" : spec.kind}>`, help);
  option.hideHelp(spec.options.hidden === true);
  if (spec.options.choices) option.choices(spec.options.choices);
  const parse = parsers[spec.kind];
  if (parse) option.argParser((text, previous) => parse(name, text, previous));
  return [option];
}

type FlagParser = (name: string, text: string, previous: unknown) => unknown;

const parsers: Record<Exclude<FlagKind, "boolean">, FlagParser | undefined> = {
  string: undefined,
  strings: (_name, text, previous) => [...((previous as string[] | undefined) ?? []), text],
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

// Commander camel-cases what follows a dash: "web.listen-address" → "web.listenAddress".
function attributeName(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
