// Reads the head: matchers → postings → chunks → columns.
// Comes from: tsdb's querier. Reads what is there when `read` is called, not when the series was selected.
import {
  compareLabels,
  type LabelQuery,
  type Labels,
  type LatestSamples,
  type Querier,
  type SampleColumns,
  type Selection,
  type SeriesRef,
  type SeriesSource,
} from "@narthex/model";
import { decodeHeadChunk } from "../chunk/decode.js";
import { chunkEncoding } from "../chunk/encoding.js";
import { matchedNames, matchedValues, matchSeries } from "../index/match.js";
import { LatestList } from "../query/latest.js";
import { dropDeleted } from "../tombstones.js";
import type { Head } from "./head.js";
import { headIndex } from "./lookup.js";

export class HeadQuerier implements Querier {
  readonly #head: Head;

  constructor(head: Head) {
    this.#head = head;
  }

  select(selection: Selection): SeriesSource[] {
    const head = this.#head;
    const refs = matchSeries(headIndex(head), selection.matchers);
    const sources: HeadSeries[] = [];
    for (const ref of refs) {
      const isWanted = hasSamples(head, head.series.slotOf(ref), selection) || head.outOfOrder.overlaps(ref, selection);
      if (isWanted) sources.push(new HeadSeries(head, ref, selection));
    }
    if (selection.sorted) sources.sort((a, b) => compareLabels(a.labels, b.labels));
    return selection.limit ? sources.slice(0, selection.limit) : sources;
  }

  latest(selection: Selection): LatestSamples | undefined {
    if (selection.sorted || selection.limit) return undefined;
    const head = this.#head;
    const { series } = head;
    const refs = matchSeries(headIndex(head), selection.matchers);
    const latest = new LatestList(refs.length, (ref: SeriesRef) => new HeadSeries(head, ref, selection));
    for (const ref of refs) {
      const slot = series.slotOf(ref);
      const isLate = head.outOfOrder.overlaps(ref, selection);
      if (!isLate && !hasSamples(head, slot, selection)) continue;
      const row = latest.add(head.labelsOf(slot), ref);
      const isLast = series.openEncoding[slot] === chunkEncoding.xor && series.xor.t[slot]! <= selection.end;
      if (!isLast || isLate || head.deleted.of(ref).length > 0) continue;
      // What the encoder goes on from.
      latest.t[row] = series.xor.t[slot]!;
      latest.words[2 * row] = series.xor.low[slot]!;
      latest.words[2 * row + 1] = series.xor.high[slot]!;
    }
    return latest;
  }

  labelNames(query: LabelQuery): string[] {
    return matchedNames(headIndex(this.#head), query);
  }

  labelValues(name: string, query: LabelQuery): string[] {
    return matchedValues(headIndex(this.#head), name, query);
  }

  close(): void {}
}

/** Whether some chunk of the series overlaps the range. */
function hasSamples(head: Head, slot: number, range: { readonly start: number; readonly end: number }): boolean {
  const { series, closed } = head;
  if (series.openEncoding[slot] !== 0) {
    if (series.openMinTime[slot]! <= range.end && series.xor.t[slot]! >= range.start) return true;
  }
  for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next(entry)) {
    if (closed.minTime(entry) <= range.end && closed.maxTime(entry) >= range.start) return true;
  }
  return false;
}

class HeadSeries implements SeriesSource {
  readonly labels: Labels;
  readonly #head: Head;
  readonly #ref: SeriesRef;
  readonly #start: number;
  readonly #end: number;

  constructor(head: Head, ref: SeriesRef, range: { readonly start: number; readonly end: number }) {
    this.#head = head;
    this.#ref = ref;
    this.#start = range.start;
    this.#end = range.end;
    this.labels = head.labelsOf(head.series.slotOf(ref));
  }

  read(columns: SampleColumns): void {
    columns.clear();
    const head = this.#head;
    const slot = head.series.slotOf(this.#ref);
    // The series may have been collected since it was selected; its samples are in a block then.
    if (slot === 0) return;
    readHeadSeries(head, slot, columns, { start: this.#start, end: this.#end });
    dropDeleted(columns, head.deleted.of(this.#ref));
    head.outOfOrder.read(this.#ref, columns, { start: this.#start, end: this.#end });
  }
}

/** Appends the samples of a series in the range, both ends inclusive, to `columns`. */
export function readHeadSeries(
  head: Head,
  slot: number,
  columns: SampleColumns,
  range: { readonly start: number; readonly end: number },
): void {
  const { closed, series } = head;
  const window = { after: range.start - 1, end: range.end };
  for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next(entry)) {
    if (closed.maxTime(entry) < range.start || closed.minTime(entry) > range.end) continue;
    decodeHeadChunk(head.closedData(slot, entry), columns, window);
  }
  const open = head.openData(slot);
  if (!open || series.openMinTime[slot]! > range.end) return;
  decodeHeadChunk(open, columns, window);
}
