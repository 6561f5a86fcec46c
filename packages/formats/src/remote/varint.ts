// Lengths and times as protobuf writes them, where a body is written without a message for each part.

/** Bytes of an unsigned varint; `value` below 2^53. */
export function uvarintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let length = 3;
  for (let rest = Math.floor(value / 0x200000); rest > 0; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** A time in ms as field 2 of a sample, which many rows share; no bytes for 0, as proto3 has it. */
export type TimeBytes = { readonly t: number; readonly bytes: Uint8Array };

export function timeBytes(t: number): TimeBytes {
  return { t, bytes: int64Field(2, t) };
}

/** An int64 with its tag; no bytes for 0. */
export function int64Field(field: number, value: number): Uint8Array {
  if (value === 0) return new Uint8Array(0);
  const bytes = [field << 3];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
