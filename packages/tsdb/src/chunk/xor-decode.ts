// Decodes XOR chunks into columns: the inverse of xor-encode.ts.
import type { SampleColumns } from "@narthex/model";
import { BitReader } from "./bits.js";
import { type ChunkData, type ChunkWindow, sampleCountOf } from "./encoding.js";

/** Appends the samples inside `window` to `columns`; false when the chunk's bytes end before its samples do. */
export function decodeXor(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
  const count = sampleCountOf(chunk);
  const bitEnd = chunk.end * 8;
  const { after, end } = window;
  columns.reserve(columns.count + count);
  const times = columns.t;
  const words = columns.words;
  const reader = new BitReader(chunk.bytes, (chunk.start + 2) * 8);
  let row = columns.count;
  let t = 0;
  let delta = 0;
  let high = 0;
  let low = 0;
  let leading = 0;
  let trailing = 0;
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      t = reader.varint();
      high = reader.bits(32);
      low = reader.bits(32);
    } else {
      delta = i === 1 ? reader.uvarint() : delta + readDeltaOfDelta(reader);
      t += delta;
      if (reader.bit() === 1) {
        if (reader.bit() === 1) {
          const header = reader.bits(11);
          leading = header >>> 6;
          trailing = 64 - leading - (header & 63 || 64);
          if (trailing < 0) return false;
        }
        if (trailing >= 32) high ^= reader.bits(64 - leading - trailing) << (trailing - 32);
        else {
          high ^= reader.bits(32 - leading);
          low ^= reader.bits(32 - trailing) << trailing;
        }
      }
    }
    if (reader.at > bitEnd) return false;
    if (t > end) break;
    if (t <= after) continue;
    times[row] = t;
    words[2 * row] = low;
    words[2 * row + 1] = high;
    row++;
  }
  columns.count = row;
  return true;
}

// Control bits: 0 none, 10 then 14 bits, 110 then 17, 1110 then 20, 1111 then 64.
function readDeltaOfDelta(reader: BitReader): number {
  if (reader.bit() === 0) return 0;
  if (reader.bit() === 0) return signed(reader.bits(14), 14);
  if (reader.bit() === 0) return signed(reader.bits(17), 17);
  if (reader.bit() === 0) return signed(reader.bits(20), 20);
  return reader.signed64();
}

// Prometheus counts the middle value as positive: 2^(count-1) stays, one more is negative.
function signed(value: number, count: number): number {
  return value > 1 << (count - 1) ? value - (1 << count) : value;
}
