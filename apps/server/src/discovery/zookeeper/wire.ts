// Bytes of ZooKeeper's client protocol: numbers big-endian, texts and buffers behind their length, frames behind theirs
// (zookeeper.apache.org, zookeeper.jute). Goes to: zookeeper/connection.

export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(): number {
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  long(): bigint {
    const value = this.#bytes.readBigInt64BE(this.#at);
    this.#at += 8;
    return value;
  }

  buffer(): Buffer {
    const length = Math.max(0, this.int());
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a length leads out of the frame");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  text(): string {
    return this.buffer().toString();
  }

  texts(): string[] {
    return Array.from({ length: Math.max(0, this.int()) }, () => this.text());
  }
}

/** A number is an int, a bigint a long, a boolean a byte. */
export type WireValue = number | bigint | boolean | string | Buffer;

export function printFrame(...values: readonly WireValue[]): Buffer {
  const body = Buffer.concat(values.map(bytesOf));
  return Buffer.concat([intBytes(body.length), body]);
}

function bytesOf(value: WireValue): Buffer {
  if (typeof value === "number") return intBytes(value);
  if (typeof value === "boolean") return Buffer.from([value ? 1 : 0]);
  if (typeof value === "bigint") {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  }
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([intBytes(bytes.length), bytes]);
}

function intBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Whole frames out of bytes as they come. */
export class Frames {
  readonly #frameBytesMax: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Throws an Error for a frame that is too long. */
  take(bytes: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32BE(0);
      if (length < 0 || length > this.#frameBytesMax) throw new Error(`a frame of ${length} bytes is no answer`);
      if (this.#rest.length < 4 + length) break;
      frames.push(this.#rest.subarray(4, 4 + length));
      this.#rest = this.#rest.subarray(4 + length);
    }
    return frames;
  }
}
