// Buffers that bodies are read into, used again and again: a body of 128 KiB allocated per scrape costs more in garbage
// collection than in reading (docs/decisions/0003-scrape-transport.md).

const bufferBytesMin = 64 * 1024;
/** A larger buffer is not kept: one huge body must not hold memory for good. */
const keptBytesMax = 8 * 1024 * 1024;
const keptCountMax = 8;

/** Whoever took a buffer owns it until `give`, and never touches it afterwards. One that is never given back is garbage. */
export class BufferPool {
  readonly #idle: Buffer[] = [];

  /** A buffer of at least `bytesMin`, with anything in it. */
  take(bytesMin: number): Buffer {
    const at = this.#idle.findLastIndex((buffer) => buffer.length >= bytesMin);
    if (at >= 0) return this.#idle.splice(at, 1)[0] as Buffer;
    return Buffer.allocUnsafeSlow(Math.max(bufferBytesMin, 2 ** Math.ceil(Math.log2(bytesMin))));
  }

  give(buffer: Buffer): void {
    if (buffer.length > keptBytesMax) return;
    if (this.#idle.length === keptCountMax) this.#idle.shift();
    this.#idle.push(buffer);
  }
}

/** A body that grows while it is read. */
export class BodyBuffer {
  readonly #pool: BufferPool;
  #bytes: Buffer | undefined;
  length = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  reserve(bytes: number): void {
    const before = this.#bytes;
    if (before !== undefined && before.length >= bytes) return;
    const larger = this.#pool.take(Math.max(bytes, (before?.length ?? 0) * 2));
    if (before !== undefined) {
      before.copy(larger, 0, 0, this.length);
      this.#pool.give(before);
    }
    this.#bytes = larger;
  }

  append(bytes: Buffer, start: number, end: number): void {
    this.reserve(this.length + end - start);
    bytes.copy(this.#bytes as Buffer, this.length, start, end);
    this.length += end - start;
  }

  /** What was read so far; borrowed until `release`. */
  view(): Buffer {
    return this.#bytes === undefined ? Buffer.alloc(0) : this.#bytes.subarray(0, this.length);
  }

  release(): void {
    if (this.#bytes !== undefined) this.#pool.give(this.#bytes);
    this.#bytes = undefined;
    this.length = 0;
  }
}
