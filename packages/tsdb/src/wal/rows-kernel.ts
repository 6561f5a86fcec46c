// Makes the log's bytes of a batch of samples in one go (kernel/wal.ts): what scrapes write, over and over.
// Comes from: wal/writer. Its output is the same as that of the plain ways, wal/records and wal/writer, to the byte.
import type { Kernel } from "@narthex/stdx";
import { type SampleRows, samplesBytesMax, writeSamplesHeader } from "./records.js";

/** The signatures in kernel/wal.ts. */
interface Functions {
  readonly encodeRows: (count: number, baseRef: number, baseTime: number) => number;
  readonly pack: (count: number) => number;
  readonly frame: (pageUsed: number) => number;
}

export class RowsKernel {
  readonly #rowsMax: number;
  readonly #functions: Functions;
  readonly #refs: Float64Array;
  readonly #times: Float64Array;
  readonly #words: Uint32Array;
  readonly #encoded: Uint8Array;
  readonly #frames: Uint8Array;

  constructor(kernel: Kernel) {
    const { buffer } = kernel;
    this.#rowsMax = kernel.constant("rowsMax");
    this.#functions = kernel.functions as unknown as Functions;
    this.#refs = new Float64Array(buffer, kernel.constant("refsAt"), this.#rowsMax);
    this.#times = new Float64Array(buffer, kernel.constant("timesAt"), this.#rowsMax);
    this.#words = new Uint32Array(buffer, kernel.constant("valuesAt"), 2 * this.#rowsMax);
    this.#encoded = new Uint8Array(buffer, kernel.constant("encodedAt"), samplesBytesMax(this.#rowsMax));
    this.#frames = new Uint8Array(buffer, kernel.constant("framesAt"));
  }

  /** Whether `pack` takes them: not too many, and none with a start time. */
  takes(rows: SampleRows): boolean {
    return rows.count <= this.#rowsMax && rows.startTimes === undefined;
  }

  /** Makes a record, compressed where that makes it shorter; returns its length. REQUIRES: `takes(rows)`, and there are some. */
  pack(rows: SampleRows): number {
    this.#load(rows, 0, rows.count);
    return this.#functions.pack(rows.count);
  }

  /** The record in fragments, as they stand behind `pageUsed` bytes of a page. Borrowed until the next call. */
  frame(pageUsed: number): Uint8Array {
    return this.#frames.subarray(0, this.#functions.frame(pageUsed));
  }

  /** A record of any number of rows without start times, as it is. REQUIRES: there are some. */
  encode(rows: SampleRows): Uint8Array {
    const target = new Uint8Array(samplesBytesMax(rows.count));
    const baseRef = rows.refs[0]!;
    const baseTime = rows.t[0]!;
    let at = writeSamplesHeader(target, baseRef, baseTime);
    for (let start = 0; start < rows.count; start += this.#rowsMax) {
      const end = Math.min(rows.count, start + this.#rowsMax);
      this.#load(rows, start, end);
      const length = this.#functions.encodeRows(end - start, baseRef, baseTime);
      target.set(this.#encoded.subarray(0, length), at);
      at += length;
    }
    return target.subarray(0, at);
  }

  #load({ refs, t, words }: SampleRows, start: number, end: number): void {
    this.#refs.set(refs.subarray(start, end));
    this.#times.set(t.subarray(start, end));
    this.#words.set(words.subarray(2 * start, 2 * end));
  }
}
