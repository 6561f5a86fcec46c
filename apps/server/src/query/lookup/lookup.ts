// What is asked of the storage beside PromQL: series, labels, newest samples. Plain data, which crosses to a query worker.
// Comes from: api/series, api/federate, api/remote-read. Goes to: query/lookup/answer.
import type { ReadResponseType } from "@narthex/formats";
import { type Matcher, type MatchType, matcherFrom, type Queryable } from "@narthex/model";

/** A matcher without its compiled expression. */
export type PlainMatcher = { readonly type: MatchType; readonly name: string; readonly value: string };

type LookupBase = {
  readonly sets: readonly (readonly PlainMatcher[])[];
  /** ms, both inclusive. */
  readonly range: { readonly start: number; readonly end: number };
};

/** Label sets of the series that have samples in the range; `limit` 0 for all. */
export type SeriesLookup = LookupBase & { readonly kind: "series"; readonly limit: number };

/** Names of labels, or with `name` the values of one, over all series of the stores that reach into the range. */
export type LabelsLookup = LookupBase & {
  readonly kind: "labels";
  readonly name: string | undefined;
  readonly limit: number;
  readonly warnings?: readonly string[];
};

export type FederationLookup = LookupBase & {
  readonly kind: "federation";
  readonly externalLabels: Readonly<Record<string, string>>;
  /** What the scraper takes. */
  readonly accept: string | undefined;
};

/** One query of a remote read. */
export type ReadSelection = {
  readonly matchers: readonly PlainMatcher[];
  /** ms, both inclusive. */
  readonly range: { readonly start: number; readonly end: number };
  readonly isLabelsOnly: boolean;
};

export type ReadLookup = {
  readonly kind: "read";
  readonly selections: readonly ReadSelection[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly responseType: ReadResponseType;
  /** Of one query, where samples are asked for; 0 for no limit. */
  readonly samplesMax: number;
  /** A frame of chunks ends with the chunk that reaches it. */
  readonly frameBytesMax: number;
};

export type Lookup = SeriesLookup | LabelsLookup | FederationLookup | ReadLookup;

export type LookupSource = {
  readonly queryable: Queryable;
  /** Throws when nobody wants the answer any more. */
  readonly checkpoint: () => void;
  /** What the answer says besides, where its form has room for it. */
  readonly warnings?: readonly string[];
};

export function plainSets(sets: readonly (readonly Matcher[])[]): PlainMatcher[][] {
  return sets.map((matchers) => matchers.map(({ type, name, value }) => ({ type, name, value })));
}

export function matcherSets(sets: LookupBase["sets"]): Matcher[][] {
  return sets.map((matchers) => matchers.map(({ type, name, value }) => matcherFrom(type, name, value)));
}

/** What an answer reads of the storage. Labels are those of whole stores, so nothing limits them at the start. */
export function selectionsOf(lookup: Lookup): { matchers: Matcher[]; start: number; end: number }[] {
  if (lookup.kind === "read") {
    const wanted = lookup.selections.filter(({ range }) => range.start <= range.end);
    return wanted.flatMap(({ matchers, range }) => matcherSets([matchers]).map((set) => ({ matchers: set, ...range })));
  }
  const { kind, sets, range } = lookup;
  const start = kind === "labels" ? Number.MIN_SAFE_INTEGER : range.start;
  return matcherSets(sets).map((matchers) => ({ matchers, start, end: range.end }));
}
