// The samples of one batch that go beside the series' samples in order.
// Comes from: head/appender, which decides that they do. Goes to: wal and wbl, then head/out-of-order.
import type { SeriesRef } from "@narthex/model";
import { type HistogramRecord, histogramRecords } from "../wal/histogram-records.js";
import { encodeMarkers } from "../wal/markers.js";
import { emptyRows, reserveRows, type SampleRows, samplesRecord } from "../wal/records.js";
import type { WriteBehindLog } from "../wal/write-behind.js";
import type { Head } from "./head.js";
import type { OutOfOrderSample } from "./out-of-order.js";

export class LateBatch {
  readonly #floats: SampleRows = emptyRows(16);
  readonly #histograms: HistogramRecord[] = [];

  get isEmpty(): boolean {
    return this.#floats.count === 0 && this.#histograms.length === 0;
  }

  push(ref: SeriesRef, { t, high, low, histogram, startTime = 0 }: OutOfOrderSample): void {
    if (histogram) {
      this.#histograms.push({ ref, t, histogram, startTime });
      return;
    }
    const rows = this.#floats;
    const row = rows.count;
    reserveRows(rows, row + 1);
    rows.refs[row] = ref;
    rows.t[row] = t;
    rows.words[2 * row] = low;
    rows.words[2 * row + 1] = high;
    if (startTime !== 0) rows.startTimes ??= new Float64Array(rows.t.length);
    if (rows.startTimes) rows.startTimes[row] = startTime;
    rows.count = row + 1;
  }

  /** For both logs: the WAL has all samples, as Prometheus' has, and a replay of it leaves these aside. */
  records(): Uint8Array[] {
    const floats = this.#floats.count > 0 ? [samplesRecord(this.#floats)] : [];
    return [...floats, ...histogramRecords(this.#histograms)];
  }

  /** Adds the samples, which are logged, to the head; returns how many were new. */
  apply(head: Head, log: WriteBehindLog): number {
    const { outOfOrder } = head;
    const rows = this.#floats;
    const touched = new Set<SeriesRef>();
    let appended = 0;
    for (let i = 0; i < rows.count; i++) {
      const ref = rows.refs[i]!;
      touched.add(ref);
      const bits = { high: rows.words[2 * i + 1]!, low: rows.words[2 * i]! };
      const startTime = rows.startTimes?.[i];
      if (outOfOrder.insert(ref, { t: rows.t[i]!, ...bits, startTime })) appended++;
    }
    let histograms = 0;
    for (const { ref, t, histogram, startTime } of this.#histograms) {
      touched.add(ref);
      if (outOfOrder.insert(ref, { t, high: 0, low: 0, histogram, startTime })) histograms++;
    }
    appended += histograms;
    const { counters } = head;
    counters.outOfOrderAppended += appended;
    counters.histogramsOutOfOrderAppended += histograms;
    counters.histogramsAppended += histograms;
    markClosed(head, log, touched);
    return appended;
  }
}

/** Ends full chunks; their markers come right behind the samples they stand for. */
function markClosed(head: Head, log: WriteBehindLog, refs: Iterable<SeriesRef>): void {
  const markers = head.outOfOrder.closeFull(refs);
  if (markers.length === 0) return;
  try {
    log.write([encodeMarkers(markers)]);
  } catch {
    // Counted by the log. Without the marker a restart takes the samples from the log.
  }
}

/** Float rows of a batch, and the slots they go to. */
interface BatchRows {
  readonly rows: SampleRows;
  readonly slots: Uint32Array;
}

/** Takes rows and histograms out that an earlier row of the batch, or another batch since they were taken, made late. */
export function removeLate(
  { rows, slots }: BatchRows,
  histograms: HistogramRecord[],
  late: { readonly head: Head; readonly take: (slot: number, sample: OutOfOrderSample) => void },
): void {
  const newest = new Map<number, number>();
  const { head, take } = late;
  const { t, words, refs, startTimes } = rows;
  const isMixed = histograms.length > 0 || !t.subarray(0, rows.count).every((time) => time === t[0]);
  let kept = 0;
  for (let i = 0; i < rows.count; i++) {
    const slot = slots[i]!;
    if (t[i]! < (newest.get(slot) ?? head.lastTime(slot))) {
      take(slot, { t: t[i]!, high: words[2 * i + 1]!, low: words[2 * i]!, startTime: startTimes?.[i] });
      continue;
    }
    if (isMixed) newest.set(slot, t[i]!);
    slots[kept] = slot;
    refs[kept] = refs[i]!;
    t[kept] = t[i]!;
    words[2 * kept] = words[2 * i]!;
    words[2 * kept + 1] = words[2 * i + 1]!;
    if (startTimes) startTimes[kept] = startTimes[i]!;
    kept++;
  }
  rows.count = kept;
  const inOrder = histograms.filter(({ ref, t: time, histogram, startTime }) => {
    const slot = head.series.slotOf(ref);
    const isLate = time < (newest.get(slot) ?? head.lastTime(slot));
    if (isLate) take(slot, { t: time, high: 0, low: 0, histogram, startTime });
    else newest.set(slot, time);
    return !isLate;
  });
  histograms.splice(0, histograms.length, ...inOrder);
}
