// Where an XOR chunk ends: what its encoder knew when it wrote the last sample, so that another one goes on behind it.
// Comes from: head/resume, at a start from a snapshot. The samples themselves are passed over.
import { BitReader } from "./bits.js";
import { type ChunkData, sampleCountOf } from "./encoding.js";
import { noWindow } from "./xor-encode.js";

export interface XorTail {
  readonly count: number;
  /** Bits of the chunk. */
  bits: number;
  readonly firstTime: number;
  /** Of the sample that was asked for, counted from 1; NaN where the chunk is shorter. */
  markedTime: number;
  t: number;
  delta: number;
  high: number;
  low: number;
  leading: number;
  trailing: number;
}

/** Undefined where the bytes end before the samples do, and for a chunk without samples. */
export function readXorTail(chunk: ChunkData, options: { readonly marked: number }): XorTail | undefined {
  const count = sampleCountOf(chunk);
  const bitEnd = chunk.end * 8;
  const reader = new BitReader(chunk.bytes, (chunk.start + 2) * 8);
  if (count === 0) return undefined;
  const firstTime = reader.varint();
  const tail: XorTail = {
    count,
    bits: 0,
    firstTime,
    markedTime: options.marked === 1 ? firstTime : Number.NaN,
    t: firstTime,
    delta: 0,
    high: reader.bits(32),
    low: reader.bits(32),
    leading: noWindow,
    trailing: 0,
  };
  for (let i = 1; i < count; i++) {
    if (reader.at > bitEnd) return undefined;
    tail.delta = i === 1 ? reader.uvarint() : tail.delta + readDeltaOfDelta(reader);
    tail.t += tail.delta;
    readValue(reader, tail);
    if (tail.trailing < 0) return undefined;
    if (i + 1 === options.marked) tail.markedTime = tail.t;
  }
  tail.bits = reader.at - chunk.start * 8;
  // A time that is no number comes of bytes that are no chunk.
  return reader.at > bitEnd || Number.isNaN(tail.t) ? undefined : tail;
}

const deltaBits = [0, 14, 17, 20] as const;

function readDeltaOfDelta(reader: BitReader): number {
  const count = deltaBits[reader.ones(4)];
  if (count === undefined) return reader.signed64();
  if (count === 0) return 0;
  const value = reader.bits(count);
  // Prometheus counts the middle value as positive.
  return value > 2 ** (count - 1) ? value - 2 ** count : value;
}

function readValue(reader: BitReader, tail: XorTail): void {
  const control = reader.ones(2);
  if (control === 0) return;
  if (control === 2) {
    tail.leading = reader.bits(5);
    tail.trailing = 64 - tail.leading - (reader.bits(6) || 64);
  }
  const { leading, trailing } = tail;
  if (trailing < 0) return;
  if (trailing >= 32) {
    tail.high = (tail.high ^ (reader.bits(64 - leading - trailing) << (trailing - 32))) >>> 0;
  } else {
    tail.high = (tail.high ^ reader.bits(32 - leading)) >>> 0;
    tail.low = (tail.low ^ (reader.bits(32 - trailing) << trailing)) >>> 0;
  }
}
