// The full chunks of all series: per series a list in order of time. A chunk's bytes stand in chunks_head or, until it
// is written there, in the head's memory. Entry 0 means none.
import type { ChunkEncoding } from "../chunk/encoding.js";

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
  size = 0;
  next: Uint32Array = new Uint32Array(this.#capacity);
  minTime: Float64Array = new Float64Array(this.#capacity);
  maxTime: Float64Array = new Float64Array(this.#capacity);
  file: Uint32Array = new Uint32Array(this.#capacity);
  position: Uint32Array = new Uint32Array(this.#capacity);
  length: Uint32Array = new Uint32Array(this.#capacity);
  encoding: Uint8Array = new Uint8Array(this.#capacity);

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
    this.#capacity = capacity;
    this.next = moved(this.next, new Uint32Array(capacity));
    this.minTime = moved(this.minTime, new Float64Array(capacity));
    this.maxTime = moved(this.maxTime, new Float64Array(capacity));
    this.file = moved(this.file, new Uint32Array(capacity));
    this.position = moved(this.position, new Uint32Array(capacity));
    this.length = moved(this.length, new Uint32Array(capacity));
    this.encoding = moved(this.encoding, new Uint8Array(capacity));
  }
}

function moved<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
