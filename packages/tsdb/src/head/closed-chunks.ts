// The full chunks of all series: per series a list in order of time. A chunk's bytes stand in chunks_head or, until it
// is written there, in the head's memory. Entry 0 means none.
//
// A server that has run for hours holds about ten for each series, so an entry is 21 bytes: its time is an offset from a
// base that all share, its length and file number have 16 bits. What does not fit stands aside, as an object: times
// weeks apart, chunks of 64 KiB.
import type { ChunkEncoding } from "../chunk/encoding.js";
import { GrowingColumns } from "../growing-columns.js";

export interface ClosedChunk {
  readonly encoding: ChunkEncoding;
  readonly minTime: number;
  readonly maxTime: number;
  /** Number of the chunks_head file; 0 while it is not written. */
  readonly file: number;
  /** Offset of the chunk in the file. */
  readonly position: number;
  /** Bytes of data. */
  readonly length: number;
}

/** Chunks that stand one behind the other in a file of chunks_head, in columns. */
export interface ChunkRun {
  readonly count: number;
  readonly file: number;
  /** Where in the file positions are told from. */
  readonly from: number;
  /** For each its ref, oldest and newest time. */
  readonly times: Float64Array;
  readonly positions: Uint32Array;
  readonly lengths: Uint32Array;
  /** `outOfOrderFlag` may be set. */
  readonly encodings: Uint8Array;
  /** Which of them fit the columns here, with times from `base` on, and are neither out of order nor all older than `minTime`. */
  narrow(base: number, minTime: number): NarrowChunks;
}

export interface NarrowChunks {
  readonly count: number;
  readonly areNarrow: Uint8Array;
  readonly minOffsets: Uint32Array;
  readonly durations: Uint32Array;
}

/** Of the encoding's byte in chunks_head: the chunk came out of order (Prometheus' top bit). */
export const outOfOrderFlag = 0x80;

/** Entries that are linked, from the first to the last. */
export interface ClosedChain {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

const uint16Max = 2 ** 16 - 1;
const uint32Max = 2 ** 32 - 1;
/** In the column of encodings: the rest stands in `#wide`. */
const wideFlag = 0x80;

export class ClosedChunks {
  #capacity = 1024;
  #used = 1;
  /** First of the free entries, which are linked as a series' are; 0 for none. */
  #free = 0;
  #baseTime = 0;
  readonly #wide = new Map<number, ClosedChunk>();
  readonly #columns = new GrowingColumns().resize(this.#capacity);
  size = 0;
  #next: Uint32Array = this.#columns.uint32();
  #minOffset: Uint32Array = this.#columns.uint32();
  #duration: Uint32Array = this.#columns.uint32();
  #position: Uint32Array = this.#columns.uint32();
  #file: Uint16Array = this.#columns.uint16();
  #length: Uint16Array = this.#columns.uint16();
  /** 0 for a free entry. */
  #encoding: Uint8Array = this.#columns.uint8();

  add(chunk: ClosedChunk): number {
    const entry = this.#newEntry(chunk.minTime);
    this.#put(entry, chunk);
    return entry;
  }

  /**
   * Adds the narrow ones of the run, whole columns at once: there are hundreds of thousands of chunks at a start. Returns the entry
   * of the first; the others' follow it, and are free where a chunk was not added.
   */
  addRun(run: ChunkRun, minTime: number): { readonly first: number; readonly areAdded: Uint8Array } {
    const { count, file, from } = run;
    if (this.size === 0) this.#baseTime = run.times[1]! - 2 ** 31;
    const oldest = file > uint16Max ? Number.POSITIVE_INFINITY : minTime;
    const { areNarrow, minOffsets, durations, count: added } = run.narrow(this.#baseTime, oldest);
    const first = this.#used;
    if (added === 0) return { first, areAdded: areNarrow };
    while (first + count > this.#capacity) this.#grow();
    this.#used += count;
    this.#minOffset.set(minOffsets.subarray(0, count), first);
    this.#duration.set(durations.subarray(0, count), first);
    this.#length.set(run.lengths.subarray(0, count), first);
    this.#encoding.set(run.encodings.subarray(0, count), first);
    this.#file.fill(file, first, first + count);
    for (let i = 0; i < count; i++) this.#position[first + i] = from + run.positions[i]!;
    this.size += count;
    if (added < count) for (let i = 0; i < count; i++) if (areNarrow[i] === 0) this.remove(first + i);
    return { first, areAdded: areNarrow };
  }

  #newEntry(minTime: number): number {
    const entry = this.#freeEntry();
    if (this.size === 0) this.#baseTime = minTime - 2 ** 31;
    else if (minTime - this.#baseTime > uint32Max) this.#moveBase(minTime - 2 ** 31);
    this.size++;
    this.#next[entry] = 0;
    return entry;
  }

  remove(entry: number): void {
    this.#wide.delete(entry);
    this.#encoding[entry] = 0;
    this.#next[entry] = this.#free;
    this.#free = entry;
    this.size--;
  }

  /** The entry behind it in its series, or 0. */
  next(entry: number): number {
    return this.#next[entry]!;
  }

  link(entry: number, next: number): void {
    this.#next[entry] = next;
  }

  /** How many entries there are from `first` on, if each is newer than the one before; otherwise 0. */
  countInOrder(first: number): number {
    let count = 0;
    let before = Number.NEGATIVE_INFINITY;
    for (let entry = first; entry !== 0; entry = this.#next[entry]!) {
      const minTime = this.minTime(entry);
      const maxTime = this.maxTime(entry);
      if (!(before < minTime && minTime <= maxTime)) return 0;
      before = maxTime;
      count++;
    }
    return count;
  }

  /** Notes where the chunk was written. */
  place(entry: number, file: number, position: number): void {
    const { encoding, minTime, maxTime, length } = this.at(entry);
    this.#put(entry, { encoding, minTime, maxTime, length, file, position });
  }

  minTime(entry: number): number {
    return this.#wideAt(entry)?.minTime ?? this.#baseTime + this.#minOffset[entry]!;
  }

  maxTime(entry: number): number {
    return this.#wideAt(entry)?.maxTime ?? this.#baseTime + this.#minOffset[entry]! + this.#duration[entry]!;
  }

  /** Whether it stands in chunks_head. */
  isWritten(entry: number): boolean {
    return (this.#wideAt(entry)?.file ?? this.#file[entry]!) !== 0;
  }

  at(entry: number): ClosedChunk {
    return this.#wideAt(entry) ?? this.#narrowAt(entry);
  }

  #narrowAt(entry: number): ClosedChunk {
    const minTime = this.#baseTime + this.#minOffset[entry]!;
    return {
      // Only `#put` writes the column.
      encoding: this.#encoding[entry] as ChunkEncoding,
      minTime,
      maxTime: minTime + this.#duration[entry]!,
      file: this.#file[entry]!,
      position: this.#position[entry]!,
      length: this.#length[entry]!,
    };
  }

  #wideAt(entry: number): ClosedChunk | undefined {
    return (this.#encoding[entry]! & wideFlag) === 0 ? undefined : this.#wide.get(entry);
  }

  #put(entry: number, chunk: ClosedChunk): void {
    const { encoding, minTime, maxTime, file, position, length } = chunk;
    if (!this.#isNarrow(minTime, maxTime) || file > uint16Max || length > uint16Max) {
      this.#putWide(entry, chunk);
      return;
    }
    this.#encoding[entry] = encoding;
    this.#minOffset[entry] = minTime - this.#baseTime;
    this.#duration[entry] = maxTime - minTime;
    this.#file[entry] = file;
    this.#position[entry] = position;
    this.#length[entry] = length;
  }

  /** False also where times are so large that they are not whole numbers of milliseconds. */
  #isNarrow(minTime: number, maxTime: number): boolean {
    const minOffset = minTime - this.#baseTime;
    const duration = maxTime - minTime;
    return (
      minOffset >= 0 &&
      minOffset <= uint32Max &&
      duration >= 0 &&
      duration <= uint32Max &&
      this.#baseTime + minOffset === minTime &&
      minTime + duration === maxTime
    );
  }

  #putWide(entry: number, chunk: ClosedChunk): void {
    const { encoding, minTime, maxTime, file, position, length } = chunk;
    this.#wide.set(entry, { encoding, minTime, maxTime, file, position, length });
    this.#encoding[entry] = encoding | wideFlag;
  }

  // Once in 25 days.
  #moveBase(base: number): void {
    const shift = base - this.#baseTime;
    for (let entry = 1; entry < this.#used; entry++) {
      if (this.#encoding[entry] === 0 || (this.#encoding[entry]! & wideFlag) !== 0) continue;
      const minOffset = this.#minOffset[entry]!;
      if (minOffset < shift) this.#putWide(entry, this.#narrowAt(entry));
      else this.#minOffset[entry] = minOffset - shift;
    }
    this.#baseTime = base;
  }

  #freeEntry(): number {
    const entry = this.#free;
    if (entry !== 0) {
      this.#free = this.#next[entry]!;
      return entry;
    }
    if (this.#used >= this.#capacity) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#capacity * 1.5);
    const columns = this.#columns.resize(capacity);
    this.#capacity = capacity;
    this.#next = columns.uint32(this.#next);
    this.#minOffset = columns.uint32(this.#minOffset);
    this.#duration = columns.uint32(this.#duration);
    this.#position = columns.uint32(this.#position);
    this.#file = columns.uint16(this.#file);
    this.#length = columns.uint16(this.#length);
    this.#encoding = columns.uint8(this.#encoding);
  }
}
