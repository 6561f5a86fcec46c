// The text of --help, laid out as Prometheus' programs do.
import type { FlagSpec, FlagTable } from "./spec.js";

type HelpRequest = {
  readonly name: string;
  readonly description: string;
  readonly table: FlagTable;
  readonly words: string;
};

/** Columns of the flags; longer ones have their help on the next line. */
const flagColumns = 36;

export function printHelp({ name, description, table, words }: HelpRequest): string {
  const shown = Object.entries(table).filter(([, spec]) => !spec.options.hidden);
  const required = shown.filter(([, spec]) => spec.options.required).map(([flag, spec]) => ` ${printFlag(flag, spec)}`);
  const lines = shown.map(([flag, spec]) =>
    printLine({ short: spec.options.short, flag: printFlag(flag, spec) }, spec.help),
  );
  const usage = `usage: ${name}${required.join("")} [<flags>]${words === "" ? "" : ` ${words}`}`;
  const help = printLine({ short: "h", flag: "--help" }, "Show this help.");
  return `${usage}\n\n${description}\n\nFlags:\n${[help, ...lines].join("")}`;
}

function printLine({ short, flag }: { short: string | undefined; flag: string }, help: string): string {
  const left = `  ${short === undefined ? "   " : `-${short},`} ${flag}`;
  const gap = left.length < flagColumns ? " ".repeat(flagColumns - left.length) : `\n${" ".repeat(flagColumns)}`;
  return `${left}${gap}${help}\n`;
}

/** With its default, or with a word for what it takes: --step=STEP. */
function printFlag(name: string, { kind, initial, initialText, options }: FlagSpec): string {
  if (kind === "boolean") return initial === true ? `--[no-]${name}` : `--${name}`;
  const isText = kind === "string" || kind === "strings";
  const quoted = isText ? JSON.stringify(initialText) : initialText;
  const value = initialText === "" ? (name.split(".").at(-1) as string).toUpperCase() : quoted;
  const choices = options.choices && initialText === "" ? options.choices.join("|") : value;
  return `--${name}=${choices}${kind === "strings" ? " ..." : ""}`;
}
