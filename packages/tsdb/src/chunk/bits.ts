// Bits from the most significant end of each byte, as Prometheus' chunk encodings pack them.

/**
 * Writes the low `count` (1–32) bits of `value` at bit `at`; returns the bit behind. What stands behind it in the last
 * byte becomes zero, bytes behind that one stay: a slot of the arena holds what an earlier chunk left.
 */
export function writeBits(bytes: Uint8Array, at: number, value: number, count: number): number {
  const index = at >>> 3;
  const shift = at & 7;
  const aligned = value << (32 - count);
  const word = aligned >>> shift;
  bytes[index] = shift === 0 ? word >>> 24 : bytes[index]! | (word >>> 24);
  const end = shift + count;
  if (end > 8) {
    bytes[index + 1] = word >>> 16;
    if (end > 16) {
      bytes[index + 2] = word >>> 8;
      if (end > 24) {
        bytes[index + 3] = word;
        if (end > 32) bytes[index + 4] = aligned << (8 - shift);
      }
    }
  }
  return at + count;
}

/** Writes a zero at bit `at`: what stands behind the last bit written in its byte is zero already. */
export function writeZero(bytes: Uint8Array, at: number): number {
  if ((at & 7) === 0) bytes[at >>> 3] = 0;
  return at + 1;
}

/** Unsigned Go varint at bit `at`, which need not be a byte boundary; `value` below 2^53. */
export function writeUvarintBits(bytes: Uint8Array, at: number, value: number): number {
  let position = at;
  let rest = value;
  while (rest >= 0x80) {
    position = writeBits(bytes, position, (rest % 128) | 0x80, 8);
    rest = Math.floor(rest / 128);
  }
  return writeBits(bytes, position, rest, 8);
}

/** Zig-zag Go varint. */
export function writeVarintBits(bytes: Uint8Array, at: number, value: number): number {
  return writeUvarintBits(bytes, at, value < 0 ? -2 * value - 1 : 2 * value);
}

/** Reads on from bit `at`. Bits behind the buffer's end read as zero: callers compare `at` with the end. */
export class BitReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  bit(): number {
    const at = this.at++;
    return (this.bytes[at >>> 3]! >>> (7 - (at & 7))) & 1;
  }

  /** How many ones stand here, at most `most` (up to 8); the zero that ends them is read, too. */
  ones(most: number): number {
    const at = this.at;
    const index = at >>> 3;
    const word = ((this.bytes[index]! << 24) | (this.bytes[index + 1]! << 16)) << (at & 7);
    const count = Math.min(Math.clz32(~word), most);
    this.at = at + (count < most ? count + 1 : most);
    return count;
  }

  /** 1 to 32 bits, unsigned. */
  bits(count: number): number {
    const at = this.at;
    const bytes = this.bytes;
    const index = at >>> 3;
    const shift = at & 7;
    this.at = at + count;
    const word = (bytes[index]! << 24) | (bytes[index + 1]! << 16) | (bytes[index + 2]! << 8) | bytes[index + 3]!;
    if (count + shift <= 32) return (word << shift) >>> (32 - count);
    const missing = count + shift - 32;
    const front = word & (0xffffffff >>> shift);
    return ((front << missing) | (bytes[index + 4]! >>> (8 - missing))) >>> 0;
  }

  /** 64 bits, two's complement, as a double: exact within ±2^53. */
  signed64(): number {
    const high = this.bits(32) | 0;
    return high * 0x100000000 + this.bits(32);
  }

  uvarint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.bits(8);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return Number.NaN;
  }

  varint(): number {
    const value = this.uvarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
