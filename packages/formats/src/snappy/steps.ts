// A snappy block → its bytes, step by step, where one call would hold the thread for too long: some 100 ms for 32 MiB.
// Goes to: bodies of remote write that are long. Elements of a block, by the two lowest bits of their tag (snappy's format_description.txt):
//   0  literal: its length less one in the tag, or in one to four bytes behind it
//   1  copy of 4 to 11 bytes, 11 bits of offset │ 2, 3  copy of 1 to 64 bytes, two or four bytes of offset
import { ByteReader } from "@narthex/stdx";
import { checkedSnappyLength, SnappyError, type SnappyLimits } from "./block.js";

/** Of what is decoded, between two steps. */
const stepBytes = 64 * 1024;

/** As decodeSnappy. Throws SnappyError. */
export function* decodeSnappySteps(block: Uint8Array, options: SnappyLimits = {}): Generator<void, Uint8Array> {
  const into = new Uint8Array(checkedSnappyLength(block, options));
  const header = new ByteReader(block);
  header.uvarint();
  const cursor: Cursor = { from: header.offset, to: 0 };
  while (cursor.from < block.length) {
    decodeElements(block, into, cursor);
    yield;
  }
  if (cursor.to !== into.length) throw corrupt();
  return into;
}

/** Where the next element stands, and where its bytes go. */
type Cursor = { from: number; to: number };

function corrupt(): SnappyError {
  return new SnappyError("snappy: corrupt input");
}

/** Elements until `stepBytes` are decoded or the block ends. Throws SnappyError. */
function decodeElements(block: Uint8Array, into: Uint8Array, cursor: Cursor): void {
  let { from, to } = cursor;
  const end = to + stepBytes;
  while (from < block.length && to < end) {
    const tag = block[from++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const length = 1 + (extra > 0 ? littleEndian(block, from, extra) : tag >> 2);
      from += extra;
      if (from + length > block.length || to + length > into.length) throw corrupt();
      if (length <= shortMax) for (let i = 0; i < length; i++) into[to + i] = block[from + i]!;
      else into.set(block.subarray(from, from + length), to);
      from += length;
      to += length;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    const low = littleEndian(block, from, width);
    from += width;
    const length = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const offset = kind === 1 ? low + ((tag >> 5) << 8) : low;
    if (offset === 0 || offset > to || to + length > into.length) throw corrupt();
    // Byte by byte: the copy may read what it writes.
    for (let i = 0; i < length; i++) into[to + i] = into[to + i - offset]!;
    to += length;
  }
  cursor.from = from;
  cursor.to = to;
}

/** Shorter literals are not worth a view. */
const shortMax = 32;

function littleEndian(block: Uint8Array, at: number, width: number): number {
  if (at + width > block.length) throw corrupt();
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + block[at + i]!;
  return value;
}
