// The buckets of a native histogram: bucket i of schema s holds values in (2^((i-1)/2^s), 2^(i/2^s)]. They are made as values
// come; where they grow too many, two neighbours become one, at half the resolution.
import { type Exemplar, exponentialSchemaMax, exponentialSchemaMin, type Histogram, type Span } from "@narthex/model";
import { MetricError } from "./names.js";

export interface NativeOptions {
  /** Each bucket's upper bound is at most so many times the one before; 1.1 if left out. */
  readonly factor?: number;
  /** At more buckets the resolution is halved; 160 if left out. */
  readonly bucketsMax?: number;
  /** Values no further from 0 are counted as zeros; 2^-128 if left out. */
  readonly zeroThreshold?: number;
}

/** Exemplars of one series that are kept: the newest. */
export const nativeExemplarsMax = 10;

type Counts = Map<number, number>;

export class NativeBuckets {
  readonly #bucketsMax: number;
  readonly #zeroThreshold: number;
  #schema: number;
  #positive: Counts = new Map();
  #negative: Counts = new Map();
  #zeroCount = 0;
  readonly #exemplars: Exemplar[] = [];

  constructor({ factor = 1.1, bucketsMax = 160, zeroThreshold = 2 ** -128 }: NativeOptions) {
    if (!(factor > 1)) throw new MetricError("Native buckets need a factor greater than 1");
    if (!(bucketsMax >= 1)) throw new MetricError("Native buckets need a positive bucketsMax");
    if (!(zeroThreshold >= 0)) throw new MetricError("Native buckets need a zeroThreshold of 0 or above");
    this.#schema = schemaFor(factor);
    this.#bucketsMax = bucketsMax;
    this.#zeroThreshold = zeroThreshold;
  }

  /** NaN is in no bucket, but counts. */
  observe(value: number): void {
    if (value > this.#zeroThreshold) this.#count(this.#positive, value);
    else if (value < -this.#zeroThreshold) this.#count(this.#negative, -value);
    else if (!Number.isNaN(value)) this.#zeroCount++;
  }

  addExemplar(exemplar: Exemplar): void {
    this.#exemplars.push(exemplar);
    if (this.#exemplars.length > nativeExemplarsMax) this.#exemplars.shift();
  }

  /** Oldest first. */
  exemplars(): readonly Exemplar[] {
    return [...this.#exemplars];
  }

  histogram({ count, sum }: Pick<Histogram, "count" | "sum">): Histogram {
    const positive = spansOf(this.#positive);
    const negative = spansOf(this.#negative);
    return {
      schema: this.#schema,
      counterResetHint: "unknown",
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      count,
      sum,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: [],
    };
  }

  #count(side: Counts, value: number): void {
    const index = bucketIndex(value, this.#schema);
    side.set(index, (side.get(index) ?? 0) + 1);
    while (this.#positive.size + this.#negative.size > this.#bucketsMax && this.#schema > exponentialSchemaMin) {
      this.#schema--;
      this.#positive = halved(this.#positive);
      this.#negative = halved(this.#negative);
    }
  }
}

/** The coarsest schema whose buckets grow by no more than `factor`. */
function schemaFor(factor: number): number {
  const coarsest = 0 - Math.floor(Math.log2(Math.log2(factor)));
  return Math.min(exponentialSchemaMax, Math.max(exponentialSchemaMin, coarsest));
}

/** Of a value above 0. Infinity has the bucket above that of the largest number. */
export function bucketIndex(value: number, schema: number): number {
  if (value === Infinity) return bucketIndex(Number.MAX_VALUE, schema) + 1;
  const index = Math.ceil(Math.log2(value) * 2 ** schema);
  // The logarithm may be off by its last bit, which counts where a value is a bound itself.
  if (value <= boundOf(index - 1, schema)) return index - 1;
  return value > boundOf(index, schema) ? index + 1 : index;
}

/** Upper bound of a bucket. */
export function boundOf(index: number, schema: number): number {
  if (schema <= 0) return 2 ** (index * 2 ** -schema);
  const perPower = 2 ** schema;
  const power = Math.floor(index / perPower);
  return 2 ** power * 2 ** ((index - power * perPower) / perPower);
}

function halved(counts: Counts): Counts {
  const merged: Counts = new Map();
  for (const [index, count] of counts) {
    const into = Math.ceil(index / 2);
    merged.set(into, (merged.get(into) ?? 0) + count);
  }
  return merged;
}

function spansOf(counts: Counts): { readonly spans: Span[]; readonly buckets: number[] } {
  const spans: { offset: number; length: number }[] = [];
  const buckets: number[] = [];
  let end = 0;
  for (const [index, count] of [...counts].sort(([a], [b]) => a - b)) {
    const span = spans.at(-1);
    if (span && index === end) span.length++;
    else spans.push({ offset: index - end, length: 1 });
    buckets.push(count);
    end = index + 1;
  }
  return { spans, buckets };
}
