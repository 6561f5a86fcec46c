// Sums up data points of delta temporality: each becomes one of cumulative temporality, for --enable-feature=otlp-deltatocumulative.
// State lives in memory alone: a restart is a counter reset. Source: OpenTelemetry's metrics data model, "Sums: Delta-to-Cumulative",
// and the defaults of the Collector's deltatocumulative processor, which Prometheus uses.
import type { OtlpExponentialPoint, OtlpHistogramPoint, OtlpNumberPoint, OtlpPoint } from "@narthex/formats";
import { exponentialSchemaMax, type Histogram, labelsKey } from "@narthex/model";
import { HistogramAccumulator } from "@narthex/promql";
import { BucketLimitError, boundedHistogram, emptiedHistogram } from "../scrape/histograms.js";
import { TranslationError } from "./error.js";
import type { PointContext } from "./series.js";

export type DeltaAccumulatorOptions = {
  /** ms */
  readonly now: () => number;
  readonly bytesMax?: number;
};

/** Of all streams together, roughly counted: about half a million of numbers. */
export const deltaBytesMax: number = 256 * 1024 * 1024;

/** A stream that has sent nothing for so long is forgotten. */
const staleMs = 5 * 60_000;
const sweepMs = 60_000;

/** Of both sides of a summed native histogram; the resolution falls until they fit. */
const bucketsMax = 320;

// Bytes of memory, roughly.
const streamBytes = 250;
const nativeBytes = 2 * 16 * bucketsMax;

type Stream<State> = { startUs: number; timeUs: number; seenMs: number; readonly bytes: number; state: State };

type Buckets = {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  count: number;
  sum: number | undefined;
};

type AnyState = number | Buckets | Histogram;

/** A point that is no newer than its stream, or begins before it, is left out: whoever sends twice is not counted twice. */
export class DeltaAccumulator {
  readonly #now: () => number;
  readonly #bytesMax: number;
  readonly #streams = new Map<string, Stream<AnyState>>();
  #bytes = 0;
  #sweepAt = 0;
  #dropped = 0;

  constructor({ now, bytesMax = deltaBytesMax }: DeltaAccumulatorOptions) {
    this.#now = now;
    this.#bytesMax = bytesMax;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Points that were left out since this was last asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Undefined where the point is left out. Throws TranslationError beyond the limit, as do the others. */
  addNumber(context: PointContext, point: OtlpNumberPoint): OtlpNumberPoint | undefined {
    if (!point.isRecorded) return point;
    const stream = this.#advance<number>(`n${keyOf(context)}`, point, { bytes: streamBytes, create: () => 0 });
    if (!stream) return undefined;
    stream.state += point.v;
    return { ...point, startUs: stream.startUs, v: stream.state };
  }

  /** Other bounds than before begin anew. */
  addHistogram(context: PointContext, point: OtlpHistogramPoint): OtlpHistogramPoint | undefined {
    if (!point.isRecorded) return point;
    const bytes = streamBytes + 16 * (point.bounds.length + point.bucketCounts.length);
    const key = `h${point.bounds.length},${point.bucketCounts.length}${keyOf(context)}`;
    const stream = this.#advance<Buckets>(key, point, { bytes, create: () => emptyBuckets(point) });
    if (!stream) return undefined;
    if (point.bounds.some((bound, i) => bound !== stream.state.bounds[i])) {
      stream.state = emptyBuckets(point);
      stream.startUs = point.startUs;
    }
    const { state } = stream;
    state.count += point.count;
    state.sum = state.sum === undefined || point.sum === undefined ? undefined : state.sum + point.sum;
    for (const [i, count] of point.bucketCounts.entries()) state.counts[i] = (state.counts[i] as number) + count;
    const { count, sum } = state;
    return { ...point, startUs: stream.startUs, count, sum, bucketCounts: [...state.counts] };
  }

  addNative(
    context: PointContext,
    point: OtlpExponentialPoint,
    delta: Histogram,
  ): { readonly startUs: number; readonly histogram: Histogram } | undefined {
    if (!point.isRecorded) return { startUs: point.startUs, histogram: delta };
    const bytes = streamBytes + nativeBytes;
    const create = (): Histogram => emptiedHistogram(delta);
    const stream = this.#advance<Histogram>(`e${keyOf(context)}`, point, { bytes, create });
    if (!stream) return undefined;
    const sum = new HistogramAccumulator(stream.state);
    sum.add(delta);
    stream.state = fitted(sum.histogram());
    return { startUs: stream.startUs, histogram: stream.state };
  }

  #advance<State extends AnyState>(
    key: string,
    { startUs, timeUs }: OtlpPoint,
    { bytes, create }: { readonly bytes: number; readonly create: () => State },
  ): Stream<State> | undefined {
    const seenMs = this.#now();
    if (seenMs >= this.#sweepAt) this.#sweep(seenMs);
    // The key says of what kind the stream is.
    const known = this.#streams.get(key) as Stream<State> | undefined;
    if (known && (startUs < known.startUs || timeUs <= known.timeUs)) {
      this.#dropped++;
      return undefined;
    }
    if (known) {
      known.timeUs = timeUs;
      known.seenMs = seenMs;
      return known;
    }
    const stream = { startUs, timeUs, seenMs, bytes: bytes + 2 * key.length, state: create() };
    if (this.#bytes + stream.bytes > this.#bytesMax) {
      throw new TranslationError("more streams of delta temporality than fit into memory");
    }
    this.#bytes += stream.bytes;
    this.#streams.set(key, stream);
    return stream;
  }

  #sweep(nowMs: number): void {
    this.#sweepAt = nowMs + sweepMs;
    for (const [key, { seenMs, bytes }] of this.#streams) {
      if (nowMs - seenMs < staleMs) continue;
      this.#streams.delete(key);
      this.#bytes -= bytes;
    }
  }
}

/** Points of one series are one stream, whoever sends them. */
function keyOf({ name, labels }: PointContext): string {
  return `${name}\u0000${labelsKey(labels)}`;
}

function emptyBuckets({ bounds, bucketCounts, sum }: OtlpHistogramPoint): Buckets {
  return {
    bounds: [...bounds],
    counts: new Float64Array(bucketCounts.length),
    count: 0,
    sum: sum === undefined ? undefined : 0,
  };
}

/** At the finest resolution at which it is not too large. */
function fitted(histogram: Histogram): Histogram {
  try {
    return boundedHistogram(histogram, { bucketsMax, schemaMax: exponentialSchemaMax });
  } catch (error) {
    if (error instanceof BucketLimitError) throw new TranslationError(error.message, { cause: error });
    throw error;
  }
}
