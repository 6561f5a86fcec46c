// What one queue counts, in memory that both threads see: the worker writes, the server's metrics read when they are scraped.
// One writer, and each number stands by itself: no lock is needed.
import type { Begin } from "./protocol.js";
import { recordTypeNames } from "./records-read.js";

const single = [
  "samplesTotal",
  "exemplarsTotal",
  "histogramsTotal",
  "metadataTotal",
  "samplesFailed",
  "exemplarsFailed",
  "histogramsFailed",
  "metadataFailed",
  "samplesRetried",
  "exemplarsRetried",
  "histogramsRetried",
  "metadataRetried",
  "samplesTooOld",
  "samplesOfDroppedSeries",
  "samplesOfUnknownSeries",
  "exemplarsTooOld",
  "exemplarsOfDroppedSeries",
  "exemplarsOfUnknownSeries",
  "histogramsTooOld",
  "histogramsOfDroppedSeries",
  "histogramsOfUnknownSeries",
  "histogramsNotSupported",
  "enqueueRetries",
  "samplesPending",
  "exemplarsPending",
  "histogramsPending",
  "bytes",
  "metadataBytes",
  "highestSentMs",
  "highestReadMs",
  "shards",
  "shardsDesired",
  "series",
  "durationSum",
  "segment",
  "segmentsMissed",
  "positionSegment",
  "positionOffset",
  "startTime",
  "corruptions",
] as const;

export type NumberName = (typeof single)[number];

/** Upper bounds in seconds: those that client libraries have unless told otherwise, and more for slow remotes. */
export const durationBounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300,
];

const indexOf: ReadonlyMap<NumberName, number> = new Map(single.map((name, i) => [name, i]));
const durationsStart = single.length;
const recordsStart = durationsStart + durationBounds.length + 1;
const count = recordsStart + recordTypeNames.length;

export class QueueNumbers {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8 * count)) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  get(name: NumberName): number {
    return this.#values[indexOf.get(name)!]!;
  }

  set(name: NumberName, value: number): void {
    this.#values[indexOf.get(name)!] = value;
  }

  add(name: NumberName, value: number): void {
    const i = indexOf.get(name)!;
    this.#values[i] = this.#values[i]! + value;
  }

  /** Where another queue would have to begin to send what this has not; undefined where that is not known. */
  get begin(): Begin | undefined {
    const segment = this.get("positionSegment") - 1;
    if (segment < 0) return undefined;
    return { segment, offset: this.get("positionOffset"), startTime: this.get("startTime") };
  }

  setBegin({ segment, offset, startTime }: Begin): void {
    this.set("positionSegment", segment + 1);
    this.set("positionOffset", offset);
    this.set("startTime", startTime);
  }

  /** What waited is gone with whoever held it. */
  forgetPending(): void {
    for (const name of ["samplesPending", "histogramsPending", "exemplarsPending"] as const) this.set(name, 0);
  }

  observeDuration(seconds: number): void {
    const found = durationBounds.findIndex((bound) => seconds <= bound);
    const i = durationsStart + (found < 0 ? durationBounds.length : found);
    this.#values[i] = this.#values[i]! + 1;
    this.add("durationSum", seconds);
  }

  /** Of each bucket by itself; the last one has what is above all bounds. */
  durations(): Float64Array {
    return this.#values.slice(durationsStart, recordsStart);
  }

  /** By type of record, as `recordTypeNames`. */
  recordsRead(): Float64Array {
    return this.#values.slice(recordsStart);
  }

  setRecordsRead(type: number, value: number): void {
    this.#values[recordsStart + type] = value;
  }
}
