// What another thread needs to read selected series of the head: plain arrays, to be transferred. Samples are not in it
// but where they are: in pieces of the arena, which is shared memory, and in files of chunks_head.
// Comes from: view/head-encode. Goes to: view/head-reader, on any thread of this process.
import type { Selection } from "@narthex/model";

export interface HeadView {
  readonly selections: readonly SelectedRows[];
  /** `rowFields` numbers for each series. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Symbols of all series' labels: name, value, name, value, … */
  readonly labels: Uint32Array<ArrayBuffer>;
  /** All symbols in one text, and where in it each ends. */
  readonly symbolTexts: string;
  readonly symbolEnds: Uint32Array<ArrayBuffer>;
  /** `chunkFields` numbers for each chunk; a series' chunks are in order of time, those that came late behind them. */
  readonly chunks: Uint32Array<ArrayBuffer>;
  /** Start times of chunks in the arena: a chunk's number, the count of its runs, then time and start time of each. */
  readonly startTimes: Float64Array<ArrayBuffer>;
  /** First and last time of each chunk, both inclusive. */
  readonly chunkTimes: Float64Array<ArrayBuffer>;
  /** Deleted intervals: first and last time of each, both inclusive. */
  readonly deleted: Float64Array<ArrayBuffer>;
  /** Data of chunks that are neither in the arena nor in a file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One answered selection: its series as rows of the view, in order of refs. */
export interface SelectedRows {
  readonly key: string;
  /** Samples outside may be missing; both inclusive. */
  readonly start: number;
  readonly end: number;
  readonly rows: Uint32Array<ArrayBuffer>;
}

export type TimedSelection = Pick<Selection, "matchers" | "start" | "end">;

export const rowFields = {
  ref: 0,
  labelsAt: 1,
  labelsLength: 2,
  chunksAt: 3,
  chunksCount: 4,
  deletedAt: 5,
  deletedCount: 6,
  /** Chunks of samples that came out of order: they follow the others. */
  lateCount: 7,
  /** Bits of the last value, where the last chunk in order of time is in the arena. */
  lastLow: 8,
  lastHigh: 9,
  count: 10,
} as const;

/** `place`: offset in the file or in the view's bytes, or last piece in the arena. `samples`: 0 where the chunk's data begin with it. */
export const chunkFields = { encoding: 0, store: 1, place: 2, length: 3, samples: 4, count: 5 } as const;

/** In `store`, in the place of a chunks_head file's number: the chunk is in the arena, or in the view's bytes. */
export const arenaStore = 0xffffffff;
export const bytesStore = 0;

/** The buffers that a message hands over instead of copying. */
export function buffersOf(view: HeadView): ArrayBuffer[] {
  const { rows, labels, symbolEnds, chunks, startTimes, chunkTimes, deleted, bytes, selections } = view;
  const arrays = [
    rows,
    labels,
    symbolEnds,
    chunks,
    startTimes,
    chunkTimes,
    deleted,
    bytes,
    ...selections.map(({ rows: own }) => own),
  ];
  return arrays.map(({ buffer }) => buffer);
}
