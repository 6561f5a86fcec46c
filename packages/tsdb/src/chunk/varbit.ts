// Prometheus' variable-width integers, in which histogram chunks are written: a prefix of ones tells how many bits follow.
// 0 zero; 10 + 3 bits; 110 + 6; 1110 + 9; 11110 + 12; 111110 + 18; 1111110 + 25; 11111110 + 56; 11111111 + 64.
import { type BitReader, writeBits } from "./bits.js";

const widths = [3, 6, 9, 12, 18, 25, 56, 64] as const;

/** Writes bits to a buffer that grows. */
export class BitWriter {
  bytes: Uint8Array = new Uint8Array(256);
  at = 0;

  get length(): number {
    return (this.at + 7) >>> 3;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** The low `count` (0–32) bits. */
  bits(value: number, count: number): void {
    this.reserve(4);
    this.at = writeBits(this.bytes, this.at, value, count);
  }

  /** The low `count` (33–64) bits of a whole number, two's complement. */
  #wide(value: number, count: number): void {
    this.bits(Math.floor(value / 0x100000000), count - 32);
    this.bits(value >>> 0, 32);
  }

  words(high: number, low: number): void {
    this.bits(high, 32);
    this.bits(low, 32);
  }

  varint(value: number): void {
    if (value === 0) this.bits(0, 1);
    else this.#prefixed(value, (width) => value > -(2 ** (width - 1)) && value <= 2 ** (width - 1));
  }

  uvarint(value: number): void {
    if (value === 0) this.bits(0, 1);
    else this.#prefixed(value, (width) => value < 2 ** width);
  }

  #prefixed(value: number, fits: (width: number) => boolean): void {
    const found = widths.findIndex((width) => fits(width));
    const index = found < 0 ? widths.length - 1 : found;
    const width = widths[index] as number;
    // Ones, and a zero behind them unless all eight are used.
    if (index === 7) this.bits(0xff, 8);
    else this.bits(2 ** (index + 2) - 2, index + 2);
    if (width > 32) this.#wide(value, width);
    else this.bits(value, width);
  }
}

export function readVarbitInt(reader: BitReader): number {
  const width = readWidth(reader);
  if (width === 0) return 0;
  if (width === 64) return reader.signed64();
  if (width === 56) return ((reader.bits(24) << 8) >> 8) * 0x100000000 + reader.bits(32);
  const value = reader.bits(width);
  return value > 1 << (width - 1) ? value - (1 << width) : value;
}

/** Beyond 2^53 the nearest double. */
export function readVarbitUint(reader: BitReader): number {
  const width = readWidth(reader);
  if (width === 0) return 0;
  if (width <= 32) return reader.bits(width);
  return reader.bits(width - 32) * 0x100000000 + reader.bits(32);
}

function readWidth(reader: BitReader): number {
  const ones = reader.ones(8);
  return ones === 0 ? 0 : (widths[ones - 1] as number);
}
