// Retention by matcher: from which time on the samples of which series are kept.
// Comes from: the options' retention rules. Goes to: compact/merge-blocks, which drops what is older, and
// compact/rule-rewrite, which looks for blocks that hold some.
import { type Matcher, type MatchType, matcherFrom } from "@narthex/model";
import { matchSeries, type PostingsSource } from "../index/match.js";

/** Series that satisfy all matchers keep their samples for `retentionMs`. Of several rules that fit, the first holds. */
export interface RetentionRule {
  readonly matchers: readonly Matcher[];
  readonly retentionMs: number;
}

/** A rule at one moment, as plain data: samples before `minTime` are not kept. */
export interface Cutoff {
  readonly matchers: readonly { readonly type: MatchType; readonly name: string; readonly value: string }[];
  readonly minTime: number;
}

/** `newest`: time from which the rules count back, in ms. */
export function cutoffsAt(rules: readonly RetentionRule[], newest: number): Cutoff[] {
  return rules.map(({ matchers, retentionMs }) => ({
    matchers: matchers.map(({ type, name, value }) => ({ type, name, value })),
    minTime: newest - retentionMs,
  }));
}

/** By series ref the oldest time that is kept of it. */
export function cutoffTimes(index: PostingsSource, cutoffs: readonly Cutoff[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const { matchers, minTime } of cutoffs) {
    const compiled = matchers.map(({ type, name, value }) => matcherFrom(type, name, value));
    for (const ref of matchSeries(index, compiled)) if (!times.has(ref)) times.set(ref, minTime);
  }
  return times;
}
