// The series of one queue, as they are sent: external labels added, relabelled once, kept in a few bytes each.
// Comes from: series records of the log. Goes to: send/queue-manager, which finds them by ref, and the encoders.
// Rows that wait hold their series: one that the log forgets is gone when the last of them was sent.
import { LabelTable } from "@narthex/formats";
import {
  emptyLabels,
  type Labels,
  labelsFromSorted,
  type Metadata,
  metricNameLabel,
  type RelabelRule,
  relabel,
} from "@narthex/model";
import { compareUtf8, grown } from "@narthex/stdx";
import type { MetadataRecord, SeriesRecord } from "@narthex/tsdb";
import { RefTable } from "./ref-table.js";

export type SeriesOptions = {
  readonly externalLabels: Labels;
  readonly rules: readonly RelabelRule[];
};

export class RemoteSeries {
  readonly table: LabelTable = new LabelTable();
  readonly #options: SeriesOptions;
  readonly #byRef = new RefTable();
  /** The last segment that is known to need series i. */
  #segments = new Uint32Array(64);
  /** Rows of series i that wait. */
  #waiting = new Uint32Array(64);
  /** 1 where the log has forgotten series i. */
  #isForgotten = new Uint8Array(64);
  readonly #free: number[] = [];
  readonly #metadata = new Map<number, Metadata>();
  #count = 0;

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byRef.size;
  }

  /** -1 where no record named it. */
  find(ref: number): number {
    return this.#byRef.find(ref);
  }

  /** Relabelling left nothing of it. */
  isDropped(series: number): boolean {
    return this.table.counts[series] === 0;
  }

  store(records: readonly SeriesRecord[], segment: number): void {
    for (const { ref, labels } of records) {
      const known = this.#byRef.find(ref);
      const series = known < 0 ? this.#add(ref, labels) : known;
      this.#segments[series] = Math.max(segment, this.#segments[series]!);
    }
  }

  #add(ref: number, labels: Labels): number {
    const series = this.#free.pop() ?? this.#count++;
    this.#segments = grown(this.#segments, this.#count);
    this.#waiting = grown(this.#waiting, this.#count);
    this.#isForgotten = grown(this.#isForgotten, this.#count);
    this.#segments[series] = 0;
    this.#isForgotten[series] = 0;
    this.#byRef.add(ref, series);
    const { externalLabels, rules } = this.#options;
    this.table.set(series, relabel(withExternal(labels, externalLabels), rules) ?? emptyLabels);
    return series;
  }

  storeMetadata(records: readonly MetadataRecord[]): void {
    for (const { ref, metadata } of records) {
      const series = this.#byRef.find(ref);
      if (series >= 0) this.#metadata.set(series, metadata);
    }
  }

  /** What the log says of it. */
  metadataOf(series: number): Metadata | undefined {
    return this.#metadata.get(series);
  }

  metricName(series: number): string {
    return this.table.valueOf(series, metricNameLabel);
  }

  hold(series: number): void {
    this.#waiting[series]!++;
  }

  release(series: number): void {
    this.#waiting[series]!--;
    if (this.#waiting[series] === 0 && this.#isForgotten[series] === 1) this.#remove(series);
  }

  forgetBefore(segment: number): void {
    const forgotten: number[] = [];
    this.#byRef.keep((series) => {
      if (this.#segments[series]! >= segment) return true;
      forgotten.push(series);
      return false;
    });
    for (const series of forgotten) {
      this.#isForgotten[series] = 1;
      if (this.#waiting[series] === 0) this.#remove(series);
    }
    this.table.compact();
  }

  #remove(series: number): void {
    this.#isForgotten[series] = 0;
    this.table.clear(series);
    this.#metadata.delete(series);
    this.#free.push(series);
  }
}

/** A series' own label wins over an external one. */
export function withExternal(labels: Labels, external: Labels): Labels {
  if (external.length === 0) return labels;
  const flat: string[] = [];
  let i = 0;
  for (let j = 0; j < external.length; j += 2) {
    const name = external[j]!;
    for (; i < labels.length && compareUtf8(labels[i]!, name) < 0; i += 2) flat.push(labels[i]!, labels[i + 1]!);
    if (labels[i] !== name) flat.push(name, external[j + 1]!);
  }
  for (; i < labels.length; i += 2) flat.push(labels[i]!, labels[i + 1]!);
  return labelsFromSorted(flat);
}
