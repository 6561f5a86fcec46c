// Native histograms on their way to the storage: brought to the resolution that the job allows, and to its limit of buckets.
import { customBucketsSchema, exponentialSchemaMax, exponentialSchemaMin, type Histogram } from "@narthex/model";
import { reduceResolution } from "@narthex/promql";
import { ScrapeError } from "./fetch.js";

/** More buckets than the job's native_histogram_bucket_limit, at any resolution. */
export class BucketLimitError extends ScrapeError {}

export type HistogramBounds = {
  /** 0 for no limit. */
  readonly bucketsMax: number;
  /** Finer ones are reduced to it. */
  readonly schemaMax: number;
};

/** The finest schema whose buckets grow by `native_histogram_min_bucket_factor` or more; 0 and 1 set no bound. */
export function schemaMaxOf(minBucketFactor: number): number {
  if (minBucketFactor <= 1) return exponentialSchemaMax;
  const finest = 0 - Math.ceil(Math.log2(Math.log2(minBucketFactor)));
  return Math.min(exponentialSchemaMax, Math.max(exponentialSchemaMin, finest));
}

/** Throws BucketLimitError where no resolution is coarse enough. */
export function boundedHistogram(histogram: Histogram, bounds: HistogramBounds): Histogram {
  const { bucketsMax } = bounds;
  const isCustom = histogram.schema === customBucketsSchema;
  let bounded = isCustom ? histogram : reduceResolution(histogram, Math.min(histogram.schema, bounds.schemaMax));
  while (bucketsMax > 0 && bucketCount(bounded) > bucketsMax) {
    if (isCustom || bounded.schema <= exponentialSchemaMin)
      throw new BucketLimitError("histogram bucket limit exceeded");
    bounded = reduceResolution(bounded, bounded.schema - 1);
  }
  return bounded;
}

function bucketCount({ positiveBuckets, negativeBuckets }: Histogram): number {
  return positiveBuckets.length + negativeBuckets.length;
}

/** What the histogram was when counting began. */
export function emptiedHistogram({
  schema,
  zeroThreshold,
  customValues,
}: Pick<Histogram, "schema" | "zeroThreshold" | "customValues">): Histogram {
  const none = { positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] };
  return { schema, counterResetHint: "reset", zeroThreshold, zeroCount: 0, count: 0, sum: 0, ...none, customValues };
}
