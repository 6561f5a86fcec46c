// What a remote is asked for, if anything, when a query selects series.
// Comes from: remote/read/remotes. Prometheus: storage/remote/read.go.
import type { ReadQuery } from "@narthex/formats";
import { type Matcher, matcherFrom } from "@narthex/model";
import type { RemoteReadConfig } from "../../config/remote-read.js";
import type { TimeSpan } from "./data.js";

export type ReadRules = Pick<RemoteReadConfig, "read_recent" | "required_matchers" | "filter_external_labels">;

export type ReadSurroundings = {
  readonly externalLabels: Readonly<Record<string, string>>;
  /** From when on the local storage has all there is, in ms. */
  readonly localStart: number;
};

/** The part of the range that the remote is asked for; undefined where the local storage has it all. */
export function askedRange(
  rules: Pick<ReadRules, "read_recent">,
  { start, end }: TimeSpan,
  localStart: number,
): TimeSpan | undefined {
  if (rules.read_recent) return { start, end };
  return start > localStart ? undefined : { start, end: Math.min(end, localStart) };
}

export type Asked = {
  readonly query: Omit<ReadQuery, "hints">;
  /** Labels whose matchers were added: the remote's series have them, ours do not. */
  readonly addedLabels: readonly string[];
};

export function askedQuery(
  rules: ReadRules,
  { matchers, start, end }: TimeSpan & { readonly matchers: readonly Matcher[] },
  { externalLabels, localStart }: ReadSurroundings,
): Asked | undefined {
  const range = askedRange(rules, { start, end }, localStart);
  if (range === undefined || !hasRequired(matchers, rules.required_matchers)) return undefined;
  const external = rules.filter_external_labels ? Object.entries(externalLabels) : [];
  // A label that the user asks for is asked for as the user does.
  const added = external.filter(([name]) => matchers.every((matcher) => matcher.name !== name));
  const all = [...matchers, ...added.map(([name, value]) => matcherFrom("=", name, value))];
  return {
    query: { ...range, matchers: all.map(({ type, name, value }) => ({ type, name, value })) },
    addedLabels: added.map(([name]) => name),
  };
}

function hasRequired(matchers: readonly Matcher[], required: Readonly<Record<string, string>>): boolean {
  return Object.entries(required).every(([name, value]) =>
    matchers.some((matcher) => matcher.type === "=" && matcher.name === name && matcher.value === value),
  );
}
