// A histogram as text, as Go prints it in errors and templates: `{count:4, sum:5, [-0.5,0.5]:1, (0.5,1]:3}`.

import type { Histogram } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import { bucketColumns } from "./bucket-columns.js";

export function printHistogram(histogram: Histogram): string {
  const parts = [`count:${printFloatG(histogram.count)}`, `sum:${printFloatG(histogram.sum)}`];
  for (const bucket of printableBuckets(histogram)) {
    const { lower, upper, count } = bucket;
    const [open, close] = brackets[bucket.boundaries];
    parts.push(`${open}${printFloatG(lower)},${printFloatG(upper)}${close}:${printFloatG(count)}`);
  }
  return `{${parts.join(", ")}}`;
}

/** Which ends belong to a bucket; the number is how the HTTP API writes it. */
export const boundaryRule = { openLeft: 0, openRight: 1, openBoth: 2, closedBoth: 3 } as const;

export type BoundaryRule = (typeof boundaryRule)[keyof typeof boundaryRule];

const brackets = ["(]", "[)", "()", "[]"] as const;

export type PrintableBucket = {
  readonly boundaries: BoundaryRule;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
};

/** The populated buckets in ascending order: what texts and API answers show. */
export function printableBuckets(histogram: Histogram): PrintableBucket[] {
  const { length, lower, upper, counts } = bucketColumns(histogram);
  const negativeLength = histogram.negativeBuckets.length;
  const positiveStart = length - histogram.positiveBuckets.length;
  const isZero = (i: number): boolean => i >= negativeLength && i < positiveStart;
  const buckets: PrintableBucket[] = [];
  for (let i = 0; i < length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    buckets.push({
      boundaries: isZero(i) ? boundaryRule.closedBoth : boundariesOf(lower[i] as number, upper[i] as number),
      lower: lower[i] as number,
      upper: upper[i] as number,
      count,
    });
  }
  return buckets;
}

// Custom buckets may lie below zero too, and are then closed like negative ones: as Prometheus writes them.
function boundariesOf(lower: number, upper: number): BoundaryRule {
  if (lower < 0) return upper > 0 ? boundaryRule.closedBoth : boundaryRule.openRight;
  return upper > 0 ? boundaryRule.openLeft : boundaryRule.openBoth;
}
