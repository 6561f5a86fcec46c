// Cursors over bytes: big-endian integers and Go's varints, as every Prometheus file format uses them.
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

/** Thrown when bytes end early or a varint is too long; `offset` is where in the buffer. */
export class ByteRangeError extends Error {
  override readonly name = "ByteRangeError";
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.offset = offset;
  }
}

/** Reads forward through `bytes`; the buffer is borrowed, results of `take` are views into it. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
  #madeView: DataView | undefined;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
  }

  // Made late: many readers read nothing but varints.
  get #view(): DataView {
    this.#madeView ??= viewOf(this.bytes);
    return this.#madeView;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  #advance(count: number): number {
    const start = this.offset;
    if (count < 0 || start + count > this.end) throw new ByteRangeError("unexpected end of data", start);
    this.offset = start + count;
    return start;
  }

  u8(): number {
    return this.bytes[this.#advance(1)]!;
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** Throws beyond 2^53 - 1. */
  u64(): number {
    const start = this.#advance(8);
    return this.#safe(this.#view.getUint32(start) * 0x100000000 + this.#view.getUint32(start + 4), start);
  }

  /** Two's complement; throws outside ±(2^53 - 1). */
  i64(): number {
    const start = this.#advance(8);
    return this.#safe(this.#view.getInt32(start) * 0x100000000 + this.#view.getUint32(start + 4), start);
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** Throws beyond 2^53 - 1 or ten bytes. */
  uvarint(): number {
    const start = this.offset;
    if (start < this.end && this.bytes[start]! < 0x80) return this.bytes[this.offset++]!;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return this.#safe(value, start);
      scale *= 128;
    }
    throw new ByteRangeError("varint longer than 64 bits", start);
  }

  /** Zig-zag, as Go's Varint; throws outside ±2^52 or so, where doubles lose the sign bit. */
  varint(): number {
    const start = this.offset;
    let low = 0;
    let scale = 1;
    for (let count = 0; count < 7; count++) {
      const byte = this.u8();
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
      scale *= 128;
    }
    // Seven bytes hold 49 bits; more is rare, and beyond 53 no number.
    this.offset = start;
    const unsigned = this.uvarint64();
    const value = unsigned & 1n ? -(unsigned >> 1n) - 1n : unsigned >> 1n;
    return this.#safe(Number(value), start);
  }

  uvarint64(): bigint {
    const start = this.offset;
    let low = 0;
    let shift = 1;
    for (let count = 0; count < 7; count++) {
      const byte = this.u8();
      low += (byte & 0x7f) * shift;
      if (byte < 0x80) return BigInt(low);
      shift *= 128;
    }
    let value = BigInt(low);
    for (let count = 7; count < 10; count++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ByteRangeError("varint longer than 64 bits", start);
  }

  take(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.bytes.subarray(start, start + count);
  }

  skip(count: number): void {
    this.#advance(count);
  }

  /** uvarint length, then that many bytes of UTF-8. */
  text(): string {
    const length = this.uvarint();
    const start = this.#advance(length);
    return decodeUtf8(this.bytes, start, start + length);
  }

  #safe(value: number, offset: number): number {
    if (!Number.isSafeInteger(value)) throw new ByteRangeError("integer beyond 53 bits", offset);
    return value;
  }
}

/** Appends to a buffer that grows; `bytes()` is a view that the next write may outdate. */
export class ByteWriter {
  #buffer: Uint8Array;
  #view: DataView;
  length = 0;

  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  #grow(count: number): number {
    const start = this.length;
    const needed = start + count;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, start));
      this.#buffer = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.length = needed;
    return start;
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#buffer[at] = value;
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  u64(value: number): void {
    this.i64(value);
  }

  i64(value: number): void {
    const at = this.#grow(8);
    this.#view.setInt32(at, Math.floor(value / 0x100000000));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  f64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value);
  }

  uvarint(value: number): void {
    while (value >= 0x80) {
      this.u8((value % 128) | 0x80);
      value = Math.floor(value / 128);
    }
    this.u8(value);
  }

  /** Zig-zag, as Go's Varint; `value` within ±2^52. */
  varint(value: number): void {
    this.uvarint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** uvarint length, then UTF-8. */
  text(text: string): void {
    if (text.length < 0x80 && this.#shortAscii(text)) return;
    const bytes = encodeUtf8(text);
    this.uvarint(bytes.length);
    this.raw(bytes);
  }

  // Label names and values are mostly this; an encoder call with an array of its own for each costs several times more
  // (docs/benchmarks.md#new-series).
  #shortAscii(text: string): boolean {
    const start = this.#grow(1 + text.length);
    const buffer = this.#buffer;
    buffer[start] = text.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.length = start;
        return false;
      }
      buffer[start + 1 + i] = code;
    }
    return true;
  }

  /** Overwrites four bytes written before, for lengths known late. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }
}

/** The same bytes, for numbers of several bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
