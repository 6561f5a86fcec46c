// Rows that go in one request, in columns, and where in the log the first of them stands. Comes from: send/shards.
// Goes to: an encoder of formats/remote. A batch is used again when it was sent; its columns stay as long as they became.
import type { AttachedExemplar, WriteOther, WriteRows } from "@narthex/formats";
import { grown } from "@narthex/stdx";
import type { SampleRows, WalPosition } from "@narthex/tsdb";

export type RowKind = "sample" | "histogram" | "exemplar";

export type Row = {
  readonly series: number;
  readonly t: number;
  /** Bits of a float. */
  readonly low: number;
  readonly high: number;
  readonly startTime: number;
  readonly other: WriteOther | undefined;
  readonly attached?: readonly AttachedExemplar[] | undefined;
};

export type Counts = { readonly samples: number; readonly histograms: number; readonly exemplars: number };

/** In the place of a series, for what is attached to another row. */
export const attachedSeries = -1;

export class Batch implements WriteRows {
  count = 0;
  series: Uint32Array = new Uint32Array(64);
  t: Float64Array = new Float64Array(64);
  words: Uint32Array = new Uint32Array(128);
  startTimes: Float64Array | undefined;
  others: (WriteOther | undefined)[] | undefined;
  attached: Map<number, readonly AttachedExemplar[]> | undefined;
  /** Of its rows, the earliest. */
  position: WalPosition | undefined;

  clear(): void {
    this.count = 0;
    this.startTimes = undefined;
    this.others = undefined;
    this.attached = undefined;
    this.position = undefined;
  }

  add({ series, t, low, high, startTime, other, attached }: Row, position: WalPosition): void {
    const i = this.count++;
    this.#reserve(this.count);
    this.series[i] = series;
    this.t[i] = t;
    this.words[2 * i] = low;
    this.words[2 * i + 1] = high;
    if (startTime !== 0) this.startTimes ??= new Float64Array(this.t.length);
    if (this.startTimes) this.startTimes[i] = startTime;
    if (other !== undefined || this.others !== undefined) {
      this.others ??= Array.from({ length: i });
      this.others[i] = other;
    }
    if (attached) this.attach(i, attached);
    this.begin(position);
  }

  /** To row `i`. */
  attach(i: number, exemplars: readonly AttachedExemplar[]): void {
    this.attached ??= new Map();
    this.attached.set(i, [...(this.attached.get(i) ?? []), ...exemplars]);
  }

  /** The newest row of a series; -1 where it has none. */
  lastRowOf(series: number): number {
    return this.series.subarray(0, this.count).lastIndexOf(series);
  }

  /** Notes where a row stands that is added. */
  begin(position: WalPosition): void {
    if (this.position === undefined || isBefore(position, this.position)) this.position = position;
  }

  /** As `add`, of row `i` of a record: the hot one. */
  addSample(series: number, { t, words, startTimes }: SampleRows, i: number): void {
    const row = this.count++;
    this.#reserve(this.count);
    this.series[row] = series;
    this.t[row] = t[i]!;
    this.words[2 * row] = words[2 * i]!;
    this.words[2 * row + 1] = words[2 * i + 1]!;
    if (startTimes || this.startTimes) {
      this.startTimes ??= new Float64Array(this.t.length);
      this.startTimes[row] = startTimes?.[i] ?? 0;
    }
    if (this.others) this.others[row] = undefined;
  }

  rowAt(i: number): Row {
    return {
      series: this.series[i]!,
      t: this.t[i]!,
      low: this.words[2 * i]!,
      high: this.words[2 * i + 1]!,
      startTime: this.startTimes?.[i] ?? 0,
      other: this.others?.[i],
      attached: this.attached?.get(i),
    };
  }

  kindAt(i: number): RowKind {
    return this.others?.[i]?.kind ?? "sample";
  }

  counts(): Counts {
    const counts = { samples: 0, histograms: 0, exemplars: 0 };
    for (const exemplars of this.attached?.values() ?? []) counts.exemplars += exemplars.length;
    if (!this.others) return { ...counts, samples: this.count };
    for (let i = 0; i < this.count; i++) counts[`${this.kindAt(i)}s`]++;
    return counts;
  }

  highestTime(): number {
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.count; i++) highest = Math.max(highest, this.t[i]!);
    return highest;
  }

  /** Takes out the rows that are older, calling `onDropped` for each before, and as `attachedSeries` for what is attached to it. */
  dropOlder(minTime: number, onDropped: (series: number, kind: RowKind) => void): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.t[i]! >= minTime) {
        this.#move(i, kept++);
        continue;
      }
      for (const { kind } of this.attached?.get(i) ?? []) onDropped(attachedSeries, kind);
      onDropped(this.series[i]!, this.kindAt(i));
      this.attached?.delete(i);
    }
    this.count = kept;
    if (this.others) this.others.length = kept;
  }

  #move(from: number, to: number): void {
    if (from === to) return;
    this.series[to] = this.series[from]!;
    this.t[to] = this.t[from]!;
    this.words[2 * to] = this.words[2 * from]!;
    this.words[2 * to + 1] = this.words[2 * from + 1]!;
    if (this.startTimes) this.startTimes[to] = this.startTimes[from]!;
    if (this.others) this.others[to] = this.others[from];
    const attached = this.attached?.get(from);
    if (!attached) return;
    this.attached?.delete(from);
    this.attached?.set(to, attached);
  }

  #reserve(count: number): void {
    if (count <= this.t.length) return;
    this.series = grown(this.series, count);
    this.t = grown(this.t, this.series.length);
    this.words = grown(this.words, 2 * this.series.length);
    if (this.startTimes) this.startTimes = grown(this.startTimes, this.series.length);
  }
}

export function isBefore(a: WalPosition, b: WalPosition): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}
