// Flags that every `narthex am` command has, with amtool's config files as their defaults.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type MatcherParser, matcherParserFrom } from "@narthex/alertmanager";
import {
  booleanFlag,
  type CommandLineValues,
  d,
  durationFlag,
  type FlagSpec,
  type FlagTable,
  parseCommandLine,
  parseYamlFile,
  stringFlag,
  UsageError,
} from "@narthex/service";
import type { CommandLine } from "../command.js";

export type AmFlags = {
  readonly "alertmanager.url": FlagSpec<string>;
  readonly output: FlagSpec<string>;
  readonly timeout: FlagSpec<number>;
  readonly "http.config.file": FlagSpec<string>;
  readonly "date.format": FlagSpec<string>;
  readonly "enable-feature": FlagSpec<string>;
  readonly "version-check": FlagSpec<boolean>;
  readonly verbose: FlagSpec<boolean>;
};

export const amFlags: AmFlags = {
  "alertmanager.url": stringFlag("http://localhost:9093/", "Alertmanager to talk to."),
  output: stringFlag("simple", "Output formatter.", { short: "o", choices: ["simple", "extended", "json"] }),
  timeout: durationFlag("30s", "Timeout for the executed command."),
  "http.config.file": stringFlag("", "HTTP client configuration file to connect to Alertmanager."),
  "date.format": stringFlag("2006-01-02 15:04:05 MST", "Format of date output."),
  "enable-feature": stringFlag("", "Features to enable, comma-separated: classic-mode, utf8-strict-mode."),
  "version-check": booleanFlag(true, "Accepted for compatibility; without effect."),
  verbose: booleanFlag(false, "Accepted for compatibility; without effect.", { short: "v" }),
};

export function parseAm<T extends FlagTable>(line: CommandLine, table: T, words: string): CommandLineValues<T> {
  const { name, summary, args } = line;
  return parseCommandLine({ name: `narthex ${name}`, description: summary, table: withDefaults(table), args, words });
}

const fields = ["alertmanager.url", "author", "comment_required", "output", "date.format", "http.config.file"] as const;

const configFile = d.object("amtool.Config", Object.fromEntries(fields.map((field) => [field, d.optional(d.string)])));

/** The user's own file counts before that of the machine. */
function withDefaults<T extends FlagTable>(table: T): T {
  const files = [join(homedir(), ".config", "amtool", "config.yml"), "/etc/amtool/config.yml"].filter(existsSync);
  const configs = files.map((file) => parseYamlFile(file, readFileSync(file, "utf8"), configFile));
  const entries = Object.entries(table).map(([name, spec]) => {
    const field = name === "require-comment" ? "comment_required" : name;
    const text = configs.map((config) => config[field]).find((value) => value !== undefined);
    if (text === undefined || (spec.kind !== "string" && spec.kind !== "boolean")) return [name, spec];
    return [name, { ...spec, initial: spec.kind === "boolean" ? text === "true" : text, initialText: text }];
  });
  return Object.fromEntries(entries) as T;
}

export function matcherParserOf(flags: { readonly "enable-feature": string }): MatcherParser {
  const features = flags["enable-feature"].split(",");
  const mode = features.includes("classic-mode")
    ? "classic"
    : features.includes("utf8-strict-mode")
      ? "utf8-strict"
      : "fallback";
  return matcherParserFrom(mode, (message, { input }) => void process.stderr.write(`warning: ${message}: ${input}\n`));
}

/** The first word may be an alert's name alone. */
export function withAlertName(words: readonly string[]): string[] {
  const [first, ...rest] = words;
  if (first === undefined || /[=~]/.test(first)) return [...words];
  return [`alertname=${JSON.stringify(first)}`, ...rest];
}

/** ms. Throws UsageError. */
export function timeOf(flag: string, text: string): number {
  const ms = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`--${flag}: cannot parse ${JSON.stringify(text)} as an RFC 3339 time`);
  return ms;
}
