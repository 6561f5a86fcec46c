// The full chunks of all series: per series a list in order of time. A chunk's bytes stand in chunks_head or, until it
// is written there, in the head's memory. Entry 0 means none.
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

export class ClosedChunks {
  #capacity = 1024;
  #used = 1;
  readonly #free: number[] = [];
  readonly #columns = new GrowingColumns().resize(this.#capacity);
  size = 0;
  next: Uint32Array = this.#columns.uint32();
  minTime: Float64Array = this.#columns.float64();
  maxTime: Float64Array = this.#columns.float64();
  file: Uint32Array = this.#columns.uint32();
  position: Uint32Array = this.#columns.uint32();
  length: Uint32Array = this.#columns.uint32();
  encoding: Uint8Array = this.#columns.uint8();

  add(chunk: ClosedChunk): number {
    const entry = this.#free.pop() ?? this.#used++;
    if (entry >= this.#capacity) this.#grow();
    this.next[entry] = 0;
    this.minTime[entry] = chunk.minTime;
    this.maxTime[entry] = chunk.maxTime;
    this.file[entry] = chunk.file;
    this.position[entry] = chunk.position;
    this.length[entry] = chunk.length;
    this.encoding[entry] = chunk.encoding;
    this.size++;
    return entry;
  }

  remove(entry: number): void {
    this.#free.push(entry);
    this.size--;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#capacity * 1.5);
    const columns = this.#columns.resize(capacity);
    this.#capacity = capacity;
    this.next = columns.uint32(this.next);
    this.minTime = columns.float64(this.minTime);
    this.maxTime = columns.float64(this.maxTime);
    this.file = columns.uint32(this.file);
    this.position = columns.uint32(this.position);
    this.length = columns.uint32(this.length);
    this.encoding = columns.uint8(this.encoding);
  }
}
