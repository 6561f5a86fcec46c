// Reads runs of lines that stand as they stood in the last body, in WebAssembly: the hot loop of every scrape.
// Comes from: the parsers, at the start of a line. Goes to: the columns; at the first line that is another, or says more
// than a plain number, the parser goes on by itself.
import { assert, type Kernel, startKernel } from "@narthex/stdx";
import { linesWasm } from "../kernel/lines.wasm.js";
import type { LineLayout } from "./line-layout.js";
import type { SeriesCache } from "./series-cache.js";

const memoryPages = 10;
/** A part of the body that has fewer bytes left than this is replaced by the next one. Longer lines are the parser's. */
const lineBytesMax = 8192;
/** After a line that the kernel did not take, so many are left to the parser at first, and at most. */
const restMin = 1;
const restMax = 64;

/** Where the rows of one body go, and the cache of its keys. */
export type KnownSink = { readonly into: KnownRows; readonly cache: SeriesCache | undefined };

/** What is filled of the columns. */
export interface KnownRows {
  count: number;
  readonly keys: Uint8Array;
  readonly keyStart: Uint32Array;
  readonly keyEnd: Uint32Array;
  readonly slots: Uint32Array;
  readonly v: Float64Array;
  readonly t: Float64Array;
  reserve(rows: number): void;
}

/** Reads one comment line; returns where the next line starts. */
export type ReadComment = (start: number) => number;

/** Bytes of one body, and keys of the cache, as far as they are in the kernel's memory. */
type Loaded = { start: number; end: number };

export class KnownLines {
  readonly #readLines: () => number;
  readonly #body: Uint8Array;
  readonly #keys: Uint8Array;
  readonly #lengths: Uint32Array;
  readonly #request: Uint32Array;
  readonly #result: Uint32Array;
  readonly #values: Float64Array;
  readonly #keyStarts: Uint32Array;
  readonly #keyEnds: Uint32Array;
  readonly #comments: Uint32Array;
  readonly #bodyLoaded: Loaded = { start: 0, end: 0 };
  /** Positions in the order of the cache, and the bytes of the keys before the next expected one. */
  readonly #keysLoaded: Loaded = { start: 0, end: 0 };
  #keyBytes = 0;
  /** What the loaded keys are of; undefined where they are of a cache whose lines are open. */
  #layout: LineLayout | undefined;
  #rest = 0;
  #restNext = restMin;

  constructor(kernel: Kernel) {
    const { buffer } = kernel;
    const rows = kernel.constant("rowsMax");
    const words = (name: string, count: number): Uint32Array => new Uint32Array(buffer, kernel.constant(name), count);
    // The signature in kernel/lines.ts.
    this.#readLines = kernel.functions["readLines"] as () => number;
    this.#body = new Uint8Array(buffer, kernel.constant("bodyAt"), kernel.constant("bodyBytesMax"));
    this.#keys = new Uint8Array(buffer, kernel.constant("keysAt"), kernel.constant("keyBytesMax"));
    this.#values = new Float64Array(buffer, kernel.constant("valuesAt"), rows);
    this.#lengths = words("lengthsAt", rows);
    this.#request = words("requestAt", 6);
    this.#result = words("resultAt", 2);
    this.#keyStarts = words("keyStartsAt", rows);
    this.#keyEnds = words("keyEndsAt", rows);
    this.#comments = words("commentsAt", 2 * kernel.constant("commentsMax"));
  }

  /** Undefined where there is no WebAssembly with SIMD: the parser then reads every line. */
  static start(): KnownLines | undefined {
    const kernel = startKernel(linesWasm, memoryPages);
    return kernel && new KnownLines(kernel);
  }

  begin(cache: SeriesCache): void {
    this.#bodyLoaded.start = this.#bodyLoaded.end = 0;
    // Keys of a layout that the last target had, too, stay where they are.
    if (cache.layout === undefined || cache.layout !== this.#layout) this.#keysLoaded.start = this.#keysLoaded.end = 0;
    this.#rest = 0;
    this.#restNext = restMin;
  }

  /**
   * Reads on from the line at `start`; returns where the first line starts that is left to the parser. Comment lines go to
   * `readComment`. REQUIRES: `begin` before the body's first line, and a sink with a cache.
   */
  read(sink: KnownSink, start: number, readComment: ReadComment): number {
    if (this.#rest > 0) {
      this.#rest--;
      return start;
    }
    let at = start;
    for (;;) {
      const next = this.#readRun(sink, at, readComment);
      if (next === at) break;
      at = next;
    }
    this.#restNext = at > start ? restMin : Math.min(2 * this.#restNext, restMax);
    this.#rest = this.#restNext - restMin;
    return at;
  }

  #readRun(sink: KnownSink, start: number, readComment: ReadComment): number {
    const cache = sink.cache as SeriesCache;
    const { keys: body } = sink.into;
    if (!this.#loadKeys(cache)) return start;
    this.#loadBody(body, start);
    const request = this.#request;
    const shift = this.#bodyLoaded.start;
    request[0] = start - shift;
    request[1] = this.#bodyLoaded.end - shift;
    request[2] = cache.expected - this.#keysLoaded.start;
    request[3] = this.#keysLoaded.end - this.#keysLoaded.start;
    request[4] = this.#keyBytes;
    request[5] = shift;
    const rows = this.#readLines();
    return this.#takeRows(sink, rows, readComment);
  }

  /** False where no line is expected. */
  #loadKeys(cache: SeriesCache): boolean {
    const loaded = this.#keysLoaded;
    const position = cache.expected;
    if (position < loaded.start || position >= loaded.end) {
      this.#layout = cache.layout;
      loaded.start = position;
      loaded.end = position + cache.copyExpected(this.#keys, this.#lengths);
      this.#keyBytes = 0;
    } else this.#keyBytes = cache.bytesBetween(loaded.start, position);
    return loaded.end > position;
  }

  #loadBody(body: Uint8Array, start: number): void {
    const loaded = this.#bodyLoaded;
    if (start >= loaded.start && (start + lineBytesMax <= loaded.end || loaded.end === body.length)) return;
    loaded.start = start;
    loaded.end = Math.min(body.length, start + this.#body.length);
    this.#body.set(body.subarray(loaded.start, loaded.end));
  }

  #takeRows(sink: KnownSink, rows: number, readComment: ReadComment): number {
    const { into } = sink;
    const end = this.#result[0]!;
    const comments = this.#result[1]!;
    const row = into.count;
    into.reserve(rows);
    into.v.set(this.#values.subarray(0, rows), row);
    into.keyStart.set(this.#keyStarts.subarray(0, rows), row);
    into.keyEnd.set(this.#keyEnds.subarray(0, rows), row);
    into.t.fill(NaN, row, row + rows);
    (sink.cache as SeriesCache).takeExpected(rows, into.slots, row);
    for (let i = 0; i < comments; i++) {
      // What is said of a comment that is no good counts the rows before it.
      into.count = row + this.#comments[2 * i + 1]!;
      const next = readComment(this.#comments[2 * i]!);
      assert(next <= end, "a comment is one line to parser and kernel alike");
    }
    into.count = row + rows;
    return end;
  }
}
