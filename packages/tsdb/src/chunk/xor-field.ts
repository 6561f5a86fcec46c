// A float that is read by XOR: its bits and the window they last changed in. Shared by XOR2 and float histogram chunks.
import type { BitReader } from "./bits.js";

export interface XorField {
  high: number;
  low: number;
  leading: number;
  trailing: number;
}

export function newXorField(): XorField {
  return { high: 0, low: 0, leading: 0, trailing: 0 };
}

/** Reads a new window: 5 bits of leading zeros, 6 of length (64 is 0). Damage may name more than 64 bits: then it ends at the last. */
export function readWindow(reader: BitReader, field: XorField): void {
  const header = reader.bits(11);
  field.leading = header >>> 6;
  field.trailing = Math.max(0, 64 - field.leading - (header & 63 || 64));
}

/** Reads the bits inside the window and changes the field by them. */
export function readDifference(reader: BitReader, field: XorField): void {
  const { leading, trailing } = field;
  if (trailing >= 32) {
    field.high ^= reader.bits(Math.max(1, 64 - leading - trailing)) << (trailing - 32);
  } else {
    field.high ^= reader.bits(32 - leading);
    field.low ^= reader.bits(32 - trailing) << trailing;
  }
}
