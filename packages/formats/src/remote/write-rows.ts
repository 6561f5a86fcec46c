// What one request of remote write carries, in columns: rows in the order they are to arrive, each of one series of a LabelTable.
// Comes from: the server's remote/send. Goes to: remote/write-encoder.
import type { Histogram, Labels, Metadata } from "@narthex/model";

export type WriteExemplar = { readonly kind: "exemplar"; readonly labels: Labels; readonly v: number };

/** A row that is no float. */
export type WriteOther = { readonly kind: "histogram"; readonly histogram: Histogram } | WriteExemplar;

/** An exemplar that belongs to a sample or histogram; its own time in ms. */
export type AttachedExemplar = WriteExemplar & { readonly t: number };

export type WriteRows = {
  readonly count: number;
  readonly series: Uint32Array;
  /** ms. */
  readonly t: Float64Array;
  /** Bits of floats, low word first: a stale marker is no number. */
  readonly words: Uint32Array;
  /** ms, 0 for unknown; undefined where no row has one. */
  readonly startTimes: Float64Array | undefined;
  /** Undefined where all rows are floats. */
  readonly others: readonly (WriteOther | undefined)[] | undefined;
  /** By row, for version 2: its receivers take no exemplar without a sample of its series. */
  readonly attached?: ReadonlyMap<number, readonly AttachedExemplar[]> | undefined;
};

/** Of one series; undefined where nothing is known. */
export type MetadataOf = (series: number) => Metadata | undefined;
