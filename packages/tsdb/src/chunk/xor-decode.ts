// Decodes XOR chunks into columns: the inverse of xor-encode.ts.
// The hot loop of every query: 32 bits are looked at together, so that a sample's control bits cost one read.
import type { SampleColumns } from "@narthex/model";
import { type ChunkData, type ChunkWindow, sampleCountOf } from "./encoding.js";

/** The first sample and the second's time take up to 28 bytes, a later sample 19: so far may reads go astray, and 5 bytes more. */
const slackBytes = 40;
/** Bits of a buffer are counted in 32 bits. */
const bufferBytesMax = 2 ** 28;

/** Appends the samples inside `window` to `columns`; false when the chunk's bytes end before its samples do. */
export function decodeXor(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
  const count = sampleCountOf(chunk);
  columns.reserve(columns.count + count);
  if (count === 0) return true;
  const { view, start, end } = viewWithSlack(chunk);
  const head = readHead(view, start + 2);
  const bitEnd = end * 8;
  if (head.secondAt > bitEnd || Number.isNaN(head.t)) return false;
  if (count > 1 && (head.at > bitEnd || Number.isNaN(head.delta))) return false;
  pushFirst(head, columns, window);
  return count === 1 || decodeRest(view, { head, count, bitEnd, window }, columns);
}

interface Head {
  t: number;
  delta: number;
  high: number;
  low: number;
  /** The bit behind the first sample, and the one behind the second's time. */
  secondAt: number;
  at: number;
}

/** The first sample and the second's time: whole bytes. */
function readHead(view: DataView, start: number): Head {
  const zigzag = readUvarint(view, start);
  const valueAt = start + uvarintBytes(view, start);
  const second = valueAt + 8;
  return {
    t: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2,
    high: view.getInt32(valueAt),
    low: view.getInt32(valueAt + 4),
    delta: readUvarint(view, second),
    secondAt: second * 8,
    at: (second + uvarintBytes(view, second)) * 8,
  };
}

function uvarintBytes(view: DataView, at: number): number {
  let count = 1;
  while (count < 10 && view.getUint8(at + count - 1) >= 0x80) count++;
  return count;
}

/** NaN for more than ten bytes. */
function readUvarint(view: DataView, at: number): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = view.getUint8(at + i);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return Number.NaN;
}

function pushFirst({ t, high, low }: Head, columns: SampleColumns, window: ChunkWindow): void {
  if (t <= window.after || t > window.end) return;
  const row = columns.count++;
  columns.t[row] = t;
  columns.words[2 * row] = low;
  columns.words[2 * row + 1] = high;
}

// Reads may run past the chunk's end before that is noticed: there must be bytes. Behind most chunks other data stand.
function viewWithSlack({ bytes, start, end }: ChunkData): { view: DataView; start: number; end: number } {
  const { buffer, byteOffset } = bytes;
  if (byteOffset + end + slackBytes <= buffer.byteLength && buffer.byteLength <= bufferBytesMax) {
    return { view: new DataView(buffer), start: byteOffset + start, end: byteOffset + end };
  }
  const copy = new Uint8Array(end - start + slackBytes);
  copy.set(bytes.subarray(start, end));
  return { view: new DataView(copy.buffer), start: 0, end: end - start };
}

/** The 32 bits at bit `at`. */
function peek(view: DataView, at: number): number {
  const index = at >>> 3;
  const shift = at & 7;
  return (view.getUint32(index) << shift) | (view.getUint8(index + 4) >>> (8 - shift));
}

interface Rest {
  readonly head: Head;
  readonly count: number;
  readonly bitEnd: number;
  readonly window: ChunkWindow;
}

// From the second sample's value on. Locals only: they stay in registers.
function decodeRest(view: DataView, rest: Rest, columns: SampleColumns): boolean {
  const { head, count, bitEnd, window } = rest;
  const { after, end } = window;
  const { t: times, words } = columns;
  let { at, t, delta, high, low } = head;
  let leading = 0;
  let trailing = 0;
  let row = columns.count;
  for (let i = 1; i < count; i++) {
    if (at > bitEnd) return false;
    let bits = peek(view, at);
    if (i > 1) {
      // Control bits: 0 none, 10 then 14 bits, 110 then 17, 1110 then 20, 1111 then 64.
      if (bits >= 0) {
        at += 1;
        bits <<= 1;
      } else if ((bits & 0x40000000) === 0) {
        delta += signed((bits >>> 16) & 0x3fff, 14);
        at += 16;
        bits <<= 16;
      } else {
        if ((bits & 0x20000000) === 0) {
          delta += signed((bits >>> 12) & 0x1ffff, 17);
          at += 20;
        } else if ((bits & 0x10000000) === 0) {
          delta += signed((bits >>> 8) & 0xfffff, 20);
          at += 24;
        } else {
          delta += peek(view, at + 4) * 0x100000000 + (peek(view, at + 36) >>> 0);
          at += 68;
        }
        if (at > bitEnd) return false;
        bits = peek(view, at);
      }
    }
    t += delta;
    if (bits >= 0) at += 1;
    else {
      if ((bits & 0x40000000) === 0) at += 2;
      else {
        leading = (bits >>> 25) & 31;
        trailing = 64 - leading - ((bits >>> 19) & 63 || 64);
        if (trailing < 0) return false;
        at += 13;
      }
      if (trailing >= 32) {
        high ^= (peek(view, at) >>> (leading + trailing - 32)) << (trailing - 32);
        at += 64 - leading - trailing;
      } else {
        high ^= peek(view, at) >>> leading;
        at += 32 - leading;
        low ^= (peek(view, at) >>> trailing) << trailing;
        at += 32 - trailing;
      }
    }
    if (at > bitEnd) return false;
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

// Prometheus counts the middle value as positive: 2^(count-1) stays, one more is negative.
function signed(value: number, count: number): number {
  return value > 1 << (count - 1) ? value - (1 << count) : value;
}
