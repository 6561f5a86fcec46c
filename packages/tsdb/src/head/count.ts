// How many series of the head matchers select, where that is known at once.
// Comes from: Tsdb.seriesCount, for who evaluates small queries without a view.
import { type CompiledRegex, type Matcher, matches } from "@narthex/model";
import { chunkEncoding } from "../chunk/encoding.js";
import { matchSeries } from "../index/match.js";
import type { Head } from "./head.js";
import { headIndex } from "./lookup.js";

/**
 * Undefined where more than `postingsMax` postings, or the values of a label, had to be looked through, or where there are native histograms,
 * of which each costs as much as many floats.
 */
export function countSeries(head: Head, matchers: readonly Matcher[], postingsMax: number): number | undefined {
  if (matchers.every((matcher) => matches(matcher, ""))) return undefined;
  let postings = 0;
  for (const matcher of matchers) {
    const values = namedValues(matcher);
    if (!values) return undefined;
    for (const value of values) postings += postingsLength(head, matcher.name, value);
    if (postings > postingsMax) return undefined;
  }
  const refs = matchSeries(headIndex(head), matchers);
  return refs.some((ref) => hasHistograms(head, ref)) ? undefined : refs.length;
}

/** Values whose postings are what index/match.ts adds, or takes away, for the matcher; undefined where it looks for them. */
function namedValues(matcher: Matcher): readonly string[] | undefined {
  const { type, value, regex } = matcher;
  if (type === "=~" && value === ".*") return [];
  if (type === "=" || type === "!=") return (type === "!=") === matches(matcher, "") ? [value] : undefined;
  return (type === "!~") === matches(matcher, "") ? (regex as CompiledRegex).set : undefined;
}

function postingsLength(head: Head, name: string, value: string): number {
  const pair = head.findPair(name, value);
  return pair < 0 ? 0 : head.pairs.lengthOf(pair);
}

function hasHistograms({ series }: Head, ref: number): boolean {
  const encoding = series.openEncoding[series.slotOf(ref)]!;
  return encoding !== 0 && encoding !== chunkEncoding.xor;
}
