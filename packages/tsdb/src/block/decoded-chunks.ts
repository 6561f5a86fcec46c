// Chunks of blocks, decoded: a second query over the same samples copies them instead of reading bits.
// Comes from: block/block. Values are kept in 4 bytes each where all are small integers, else in 8; times in none where
// they are regular. Only a chunk that is asked for twice is kept, so that one long scan does not push out the rest.
import type { SampleColumns } from "@narthex/model";
import type { ChunkWindow } from "../chunk/encoding.js";
import type { CachedChunk, DecodedChunk } from "./index-format.js";

const slabBytes = 256 * 1024;
/** What an entry costs besides its numbers, about. */
const entryBytes = 96;

const seen = { count: 0, t0: 0, interval: 0, offsets: undefined, integers: undefined, floats: undefined };

export class DecodedChunks {
  readonly #generationBytesMax: number;
  #young: CachedChunk[] = [];
  #old: CachedChunk[] = [];
  #generation = 0;
  #youngBytes = 0;
  #slab = new ArrayBuffer(0);
  #slabUsed = 0;

  constructor(bytesMax: number) {
    this.#generationBytesMax = bytesMax / 2;
  }

  /** Whether the chunk was asked for before, so that it is worth keeping; remembers that it was. */
  isWorthKeeping(chunk: CachedChunk): boolean {
    if (this.#generationBytesMax < slabBytes) return false;
    if (chunk.decoded) return true;
    this.#put(chunk, seen);
    return false;
  }

  /** Keeps a whole chunk, rows `first` … of the columns; one with histograms or start times is left alone. */
  keep(chunk: CachedChunk, columns: SampleColumns, first: number): void {
    if (columns.h || columns.startTimes || columns.count === first) return;
    const { t, v, count: end } = columns;
    const count = end - first;
    const t0 = t[first] as number;
    const interval = intervalOf(t, first, end);
    const span = (t[end - 1] as number) - t0;
    if (interval === 0 && span > 0x7fffffff) return;
    const offsets = interval === 0 ? this.#ints(count) : undefined;
    if (offsets) for (let i = 0; i < count; i++) offsets[i] = (t[first + i] as number) - t0;
    const integers = areIntegers(v, first, end) ? this.#ints(count) : undefined;
    const floats = integers ? undefined : this.#doubles(count);
    integers?.set(v.subarray(first, end));
    // Typed array to typed array of one kind: bits, so that stale markers stay what they are.
    floats?.set(v.subarray(first, end));
    this.#put(chunk, { count, t0, interval, offsets, integers, floats });
  }

  #put(chunk: CachedChunk, decoded: Omit<DecodedChunk, "generation">): void {
    this.#charge(entryBytes);
    chunk.decoded = { ...decoded, generation: this.#generation };
    this.#young.push(chunk);
  }

  #ints(count: number): Int32Array {
    const at = this.#room(4 * count);
    return new Int32Array(this.#slab, at, count);
  }

  #doubles(count: number): Float64Array {
    const at = this.#room(8 * count);
    return new Float64Array(this.#slab, at, count);
  }

  // In whole doubles, in the present slab.
  #room(bytes: number): number {
    const needed = Math.ceil(bytes / 8) * 8;
    if (this.#slabUsed + needed > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(Math.max(slabBytes, needed));
      this.#slabUsed = 0;
      this.#charge(this.#slab.byteLength);
    }
    const at = this.#slabUsed;
    this.#slabUsed += needed;
    return at;
  }

  #charge(bytes: number): void {
    if (this.#youngBytes + bytes > this.#generationBytesMax) {
      for (const chunk of this.#old) {
        if (chunk.decoded && chunk.decoded.generation < this.#generation) chunk.decoded = undefined;
      }
      this.#old = this.#young;
      this.#young = [];
      this.#generation++;
      this.#youngBytes = 0;
    }
    this.#youngBytes += bytes;
  }
}

/** 0 where the samples are not all equally far apart. */
function intervalOf(t: Float64Array, first: number, end: number): number {
  if (end - first < 2) return 1;
  const interval = (t[first + 1] as number) - (t[first] as number);
  for (let i = first + 2; i < end; i++) if ((t[i] as number) - (t[i - 1] as number) !== interval) return 0;
  return interval;
}

// -0 is none.
function areIntegers(v: Float64Array, first: number, end: number): boolean {
  for (let i = first; i < end; i++) {
    const value = v[i] as number;
    if (value !== (value | 0) || (value === 0 && 1 / value < 0)) return false;
  }
  return true;
}

/** Appends the samples inside the window, if the chunk is kept. */
export function readDecoded({ decoded }: CachedChunk, columns: SampleColumns, window: ChunkWindow): boolean {
  if (decoded === undefined || decoded.count === 0) return false;
  copyRows(decoded, columns, window);
  return true;
}

function copyRows(chunk: DecodedChunk, columns: SampleColumns, { after, end }: ChunkWindow): void {
  const { t0, interval, offsets, integers, floats, count } = chunk;
  let from = 0;
  let to = count;
  if (offsets) {
    while (from < to && t0 + (offsets[from] as number) <= after) from++;
    while (to > from && t0 + (offsets[to - 1] as number) > end) to--;
  } else {
    if (t0 <= after) from = Math.min(count, Math.floor((after - t0) / interval) + 1);
    if (t0 + (count - 1) * interval > end) to = Math.max(from, Math.floor((end - t0) / interval) + 1);
  }
  const row = columns.count;
  columns.reserve(row + to - from);
  const { t, v } = columns;
  if (offsets) for (let i = from; i < to; i++) t[row + i - from] = t0 + (offsets[i] as number);
  else for (let i = from; i < to; i++) t[row + i - from] = t0 + i * interval;
  if (integers) for (let i = from; i < to; i++) v[row + i - from] = integers[i] as number;
  else if (floats) v.set(from === 0 && to === count ? floats : floats.subarray(from, to), row);
  columns.count = row + to - from;
}
