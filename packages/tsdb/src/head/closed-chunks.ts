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
    const entry = this.#freeEntry();
    if (this.size === 0) this.#baseTime = chunk.minTime - 2 ** 31;
    else if (chunk.minTime - this.#baseTime > uint32Max) this.#moveBase(chunk.minTime - 2 ** 31);
    this.size++;
    this.#next[entry] = 0;
    this.#put(entry, chunk);
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
    const minOffset = minTime - this.#baseTime;
    const duration = maxTime - minTime;
    // The second half fails where times are so large that they are not whole numbers of milliseconds.
    const hasFittingTimes =
      minOffset >= 0 &&
      minOffset <= uint32Max &&
      duration <= uint32Max &&
      this.#baseTime + minOffset === minTime &&
      minTime + duration === maxTime;
    if (!hasFittingTimes || file > uint16Max || length > uint16Max) {
      this.#putWide(entry, chunk);
      return;
    }
    this.#encoding[entry] = encoding;
    this.#minOffset[entry] = minOffset;
    this.#duration[entry] = duration;
    this.#file[entry] = file;
    this.#position[entry] = position;
    this.#length[entry] = length;
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
