// The buckets on one side of a native histogram, as both messages have them that hold one.
// Goes to: exposition/protobuf-histogram, remote/histogram.
import type { Span } from "@narthex/model";

export type BucketSide = {
  readonly spans: Span[];
  /** Differences to the bucket before; integer histograms. */
  readonly deltas: number[];
  /** Absolute; float histograms. */
  readonly counts: number[];
};

/** Absolute, of either kind. */
export function bucketCounts({ deltas, counts }: BucketSide): readonly number[] {
  if (counts.length > 0) return counts;
  let count = 0;
  return deltas.map((delta) => {
    count += delta;
    return count;
  });
}
