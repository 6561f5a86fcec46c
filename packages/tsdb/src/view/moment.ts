// What of the head's series changes with each sample, copied for many series in one go: a view that is encoded slice by
// slice shows all of them as they were at that moment. Closed chunks need no copy: they are told from later ones by time.
import type { StartRuns } from "../chunk/encode.js";
import { chunkEncoding } from "../chunk/encoding.js";
import type { Head } from "../head/head.js";

/** Entry `i` is about `refs[i]`. */
export class Moment {
  readonly refs: Uint32Array;
  /** The series' slot; 0 where it is gone. */
  readonly slot: Uint32Array;
  readonly encoding: Uint8Array;
  readonly openMinTime: Float64Array;
  /** Time of the last sample. */
  readonly maxTime: Float64Array;
  readonly place: Uint32Array;
  readonly length: Uint16Array;
  readonly samples: Uint16Array;
  /** Bits of the last sample's value. */
  readonly lastLow: Uint32Array;
  readonly lastHigh: Uint32Array;
  /** Start times of the open chunks, by entry. */
  readonly startRuns: ReadonlyMap<number, StartRuns>;

  /** Takes some 30 ns for each series (view.bench.ts). */
  constructor(head: Head, refs: Uint32Array) {
    const { series } = head;
    const { xor, openEncoding, openMinTime, openPlace } = series;
    const count = refs.length;
    const startRuns = new Map<number, StartRuns>();
    this.refs = refs;
    this.slot = new Uint32Array(count);
    this.encoding = new Uint8Array(count);
    this.openMinTime = new Float64Array(count);
    this.maxTime = new Float64Array(count);
    this.place = new Uint32Array(count);
    this.length = new Uint16Array(count);
    this.samples = new Uint16Array(count);
    this.lastLow = new Uint32Array(count);
    this.lastHigh = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const slot = series.slotOf(refs[i]!);
      this.slot[i] = slot;
      this.encoding[i] = openEncoding[slot]!;
      this.openMinTime[i] = openMinTime[slot]!;
      this.maxTime[i] = xor.t[slot]!;
      this.place[i] = openPlace[slot]!;
      this.length[i] = xor.byteLength(slot);
      this.samples[i] = xor.count[slot]!;
      this.lastLow[i] = xor.low[slot]!;
      this.lastHigh[i] = xor.high[slot]!;
      if (head.startTimes.isEmpty) continue;
      const runs = head.startTimes.runsOf(slot);
      if (runs) startRuns.set(i, runs);
    }
    this.startRuns = startRuns;
  }

  /** Open chunks of histograms are not copied: each is shown whole, as it is when its turn comes. */
  isCurrent(i: number): boolean {
    const encoding = this.encoding[i]!;
    return encoding !== 0 && encoding !== chunkEncoding.xor;
  }

  /** Whether the open chunk was there at the time, or begins then. */
  hasOpenAt(i: number, time: number): boolean {
    return this.encoding[i] === chunkEncoding.xor && this.openMinTime[i]! <= time;
  }

  /** Chunks that begin at this time or later were not closed yet. */
  closedEnd(i: number): number {
    if (this.isCurrent(i)) return Number.POSITIVE_INFINITY;
    return this.encoding[i] === 0 ? this.maxTime[i]! + 1 : this.openMinTime[i]!;
  }
}
