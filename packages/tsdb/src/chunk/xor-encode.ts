// Encodes float samples as Prometheus' XOR chunks (docs/formats/chunk.md#xor): timestamps as delta of delta, values as
// the bits that differ from the previous value. Values are pairs of 32-bit words, so that stale markers keep their bits.
import { type ColumnRoom, GrowingColumns } from "../growing-columns.js";
import { writeBits, writeUvarintBits, writeVarintBits, writeZero } from "./bits.js";

/** A sample needs at most 19 bytes: 68 bits of time, 77 of value, and a byte begun. The first takes up to 18. */
export const xorSampleBytesMax = 20;

/** In the place of leading zeros: the chunk has no value that differs from the one before. */
export const noWindow = 0xff;

/** What the encoder must remember of each open chunk, in columns; row `i` is one chunk. */
export class XorStates {
  /** Where the row's bytes go: byte `k` of its chunk to `bytes[base + k]`. Set before `appendXor`; `base` may be negative. */
  bytes: Uint8Array = new Uint8Array(0);
  base = 0;
  readonly #columns: GrowingColumns;
  bits: Uint16Array;
  count: Uint16Array;
  t: Float64Array;
  delta: Float64Array;
  high: Uint32Array;
  low: Uint32Array;
  leading: Uint8Array;
  trailing: Uint8Array;

  constructor(capacity: number, room?: ColumnRoom) {
    this.#columns = new GrowingColumns(room);
    const columns = this.#columns.resize(capacity);
    this.bits = columns.uint16();
    this.count = columns.uint16();
    this.t = columns.float64();
    this.delta = columns.float64();
    this.high = columns.uint32();
    this.low = columns.uint32();
    this.leading = columns.uint8();
    this.trailing = columns.uint8();
  }

  /** Begins a new chunk in row `i`. */
  reset(i: number): void {
    this.bits[i] = 16;
    this.count[i] = 0;
    this.leading[i] = noWindow;
    this.trailing[i] = 0;
  }

  /** Writes the sample count to the first two bytes of the finished chunk. */
  writeCount(i: number, chunk: Uint8Array): void {
    chunk[0] = this.count[i]! >>> 8;
    chunk[1] = this.count[i]!;
  }

  /** Bytes the row's chunk takes so far. */
  byteLength(i: number): number {
    return (this.bits[i]! + 7) >>> 3;
  }

  grow(capacity: number): void {
    const columns = this.#columns.resize(capacity);
    this.bits = columns.uint16(this.bits);
    this.count = columns.uint16(this.count);
    this.t = columns.float64(this.t);
    this.delta = columns.float64(this.delta);
    this.high = columns.uint32(this.high);
    this.low = columns.uint32(this.low);
    this.leading = columns.uint8(this.leading);
    this.trailing = columns.uint8(this.trailing);
  }
}

/**
 * Appends a sample to row `i`. REQUIRES: `t` above the row's last, and `xorSampleBytesMax` bytes of room. The count in
 * the chunk's first two bytes is left to `writeCount`: whoever reads an open chunk gets it from the column.
 */
export function appendXor(states: XorStates, i: number, t: number, high: number, low: number): void {
  const { bytes, base } = states;
  const count = states.count[i]!;
  let at = base * 8 + states.bits[i]!;
  if (count === 0) {
    at = writeVarintBits(bytes, at, t);
    at = writeBits(bytes, at, high, 32);
    at = writeBits(bytes, at, low, 32);
  } else {
    const delta = t - states.t[i]!;
    at = count === 1 ? writeUvarintBits(bytes, at, delta) : writeDeltaOfDelta(bytes, at, delta - states.delta[i]!);
    at = writeXor(states, i, at, high ^ states.high[i]!, low ^ states.low[i]!);
    states.delta[i] = delta;
  }
  states.t[i] = t;
  states.high[i] = high;
  states.low[i] = low;
  states.bits[i] = at - base * 8;
  states.count[i] = count + 1;
}

function writeDeltaOfDelta(bytes: Uint8Array, at: number, dod: number): number {
  if (dod === 0) return writeZero(bytes, at);
  if (dod >= -8191 && dod <= 8192) return writeBits(bytes, at, (0b10 << 14) | (dod & 0x3fff), 16);
  if (dod >= -65535 && dod <= 65536) return writeBits(bytes, at, (0b110 << 17) | (dod & 0x1ffff), 20);
  if (dod >= -524287 && dod <= 524288) return writeBits(bytes, at, (0b1110 << 20) | (dod & 0xfffff), 24);
  const next = writeBits(bytes, at, 0b1111, 4);
  return writeBits(bytes, writeBits(bytes, next, Math.floor(dod / 0x100000000), 32), dod >>> 0, 32);
}

/** Writes the bits in which the row differs from its last value: `high` and `low` are the XOR of both. */
export function writeXor(states: XorStates, i: number, at: number, high: number, low: number): number {
  const bytes = states.bytes;
  if ((high | low) === 0) return writeZero(bytes, at);
  const leading = leadingZeros(high);
  const trailing = trailingZeros(high, low);
  const leadingBefore = states.leading[i]!;
  const trailingBefore = states.trailing[i]!;
  if (leadingBefore !== noWindow && leading >= leadingBefore && trailing >= trailingBefore) {
    const significant = 64 - leadingBefore - trailingBefore;
    // Control and bits of a counter or a small whole number go as one.
    if (trailingBefore >= 32 && significant <= 30) {
      return writeBits(bytes, at, (0b10 << significant) | (high >>> (trailingBefore - 32)), significant + 2);
    }
    return writeMiddle(bytes, writeBits(bytes, at, 0b10, 2), high, low, leadingBefore, trailingBefore);
  }
  states.leading[i] = leading;
  states.trailing[i] = trailing;
  const significant = 64 - leading - trailing;
  // 64 significant bits are written as 0.
  const control = (0b11 << 11) | (leading << 6) | (significant & 63);
  if (trailing >= 32 && significant <= 19) {
    return writeBits(bytes, at, (control << significant) | (high >>> (trailing - 32)), significant + 13);
  }
  return writeMiddle(bytes, writeBits(bytes, at, control, 13), high, low, leading, trailing);
}

/** Writes the bits of a difference inside a window. */
export function writeMiddle(
  bytes: Uint8Array,
  at: number,
  high: number,
  low: number,
  leading: number,
  trailing: number,
): number {
  if (trailing >= 32) return writeBits(bytes, at, high >>> (trailing - 32), 64 - leading - trailing);
  const next = leading >= 32 ? at : writeBits(bytes, at, high, 32 - leading);
  return writeBits(bytes, next, low >>> trailing, 32 - trailing);
}

/** Of a difference that is not zero. Five bits hold them, so at most 31 count. */
export function leadingZeros(high: number): number {
  return high === 0 ? 31 : Math.clz32(high);
}

/** Of a difference that is not zero. */
export function trailingZeros(high: number, low: number): number {
  return low === 0 ? 63 - Math.clz32(high & -high) : 31 - Math.clz32(low & -low);
}
