// Matchers → postings, over any index: the head's or a block's.
import { type CompiledRegex, type LabelQuery, type Matcher, matches, printMatcher } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { atOnce } from "../pause.js";
import { intersect, noPostings, subtract, union } from "./postings.js";

/** What can be asked of an index. Postings are borrowed: read them before the index changes. */
export interface PostingsSource {
  /** Every series. */
  allPostings(): Uint32Array;
  postings(name: string, value: string): Uint32Array;
  /** Postings of each value of `name` that starts with `prefix` and that `isWanted` accepts. A step is one value or few. */
  postingsWhere(name: string, prefix: string, isWanted: (value: string) => boolean): Generator<void, Uint32Array[]>;
  /** Every value of `name`, in any order, some at a time. */
  valueParts(name: string): Iterable<readonly string[]>;
  names(): string[];
  /** Value of label `name` of a series, or "". */
  valueAt(ref: number, name: string): string;
  /** Names of the labels of a series. */
  namesAt(ref: number): string[];
}

/** What tells selections apart. */
export function matchersKey(matchers: readonly Matcher[]): string {
  return matchers.map(printMatcher).sort().join(",");
}

/** Refs of the series that satisfy all matchers, sorted. */
export function matchSeries(index: PostingsSource, matchers: readonly Matcher[]): Uint32Array {
  return atOnce(matchSteps(index, matchers));
}

/** As matchSeries, in steps; the index may change between them: a series that comes or goes meanwhile may be there or not. */
export function* matchSteps(index: PostingsSource, matchers: readonly Matcher[]): Generator<void, Uint32Array> {
  let found: Uint32Array | undefined;
  // Matchers that a missing label satisfies can only take away: they go last.
  const wanting = matchers.filter((matcher) => !matches(matcher, ""));
  const excluding = matchers.filter((matcher) => matches(matcher, ""));
  for (const matcher of wanting) {
    const postings = yield* wantedPostings(index, matcher);
    yield;
    found = found ? intersect(found, postings) : postings;
    if (found.length === 0) return noPostings;
  }
  let rest = found ?? index.allPostings();
  for (const matcher of excluding) {
    if (rest.length === 0) return noPostings;
    rest = subtract(rest, yield* excludedPostings(index, matcher));
    yield;
  }
  return rest.slice();
}

function* wantedPostings(index: PostingsSource, matcher: Matcher): Generator<void, Uint32Array> {
  if (matcher.type === "=") return index.postings(matcher.name, matcher.value);
  const set = matcher.type === "=~" ? (matcher.regex as CompiledRegex).set : undefined;
  if (set) return union(set.map((value) => index.postings(matcher.name, value)));
  const prefix = matcher.type === "=~" ? (matcher.regex as CompiledRegex).prefix : "";
  return union(yield* index.postingsWhere(matcher.name, prefix, (value) => matches(matcher, value)));
}

// The series whose label has a value that the matcher refuses.
function* excludedPostings(index: PostingsSource, matcher: Matcher): Generator<void, Uint32Array> {
  if (matcher.type === "!=") return index.postings(matcher.name, matcher.value);
  const set = matcher.type === "!~" ? (matcher.regex as CompiledRegex).set : undefined;
  if (set) return union(set.map((value) => index.postings(matcher.name, value)));
  if (matcher.value === ".*" && matcher.type === "=~") return noPostings;
  const prefix = matcher.type === "!~" ? (matcher.regex as CompiledRegex).prefix : "";
  return union(yield* index.postingsWhere(matcher.name, prefix, (value) => !matches(matcher, value)));
}

export function matchedNames(index: PostingsSource, query: LabelQuery): string[] {
  if (query.matchers.length === 0) return limited(index.names(), query.limit);
  const names = new Set<string>();
  for (const ref of matchSeries(index, query.matchers)) for (const name of index.namesAt(ref)) names.add(name);
  return limited([...names], query.limit);
}

export function matchedValues(index: PostingsSource, name: string, query: LabelQuery): string[] {
  if (query.matchers.length === 0) return limited([...index.valueParts(name)].flat(), query.limit);
  const values = new Set<string>();
  for (const ref of matchSeries(index, query.matchers)) values.add(index.valueAt(ref, name));
  values.delete("");
  return limited([...values], query.limit);
}

function limited(texts: string[], limit: number | undefined): string[] {
  const sorted = texts.sort(compareUtf8);
  return limit ? sorted.slice(0, limit) : sorted;
}
