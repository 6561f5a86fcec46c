// Snappy's framing format: a stream of chunks, as HTTP bodies with "Content-Encoding: snappy" carry it.
// A chunk is a type byte, a 24-bit little-endian length, and content; data chunks begin with a masked CRC-32C of what
// they decode to. See https://github.com/google/snappy/blob/main/framing_format.txt.
import { crc32c } from "@narthex/stdx";
import { decodeSnappy, encodeSnappy, SnappyError, snappyDecodedBytesMax } from "./block.js";

const compressedChunk = 0x00;
const plainChunk = 0x01;
const paddingChunk = 0xfe;
const streamChunk = 0xff;
const magic = "sNaPpY";
/** A chunk holds at most this much, by the specification. */
const chunkDecodedBytesMax = 65_536;

/** Throws SnappyError. */
export function decodeSnappyFrames(
  stream: Uint8Array,
  options: { readonly decodedBytesMax?: number } = {},
): Uint8Array {
  const decodedBytesMax = options.decodedBytesMax ?? snappyDecodedBytesMax;
  const parts: Uint8Array[] = [];
  let length = 0;
  let offset = 0;
  while (offset < stream.length) {
    const chunk = chunkAt(stream, offset);
    if (offset === 0 && chunk.type !== streamChunk) throw new SnappyError("snappy: corrupt input");
    const part = decodeChunk(chunk);
    length += part.length;
    if (length > decodedBytesMax)
      throw new SnappyError(`snappy: decoded stream is larger than ${decodedBytesMax} bytes`);
    parts.push(part);
    offset = chunk.end;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

type Chunk = { readonly type: number; readonly content: Uint8Array; readonly end: number };

function chunkAt(stream: Uint8Array, offset: number): Chunk {
  const start = offset + 4;
  const length = stream[offset + 1]! | (stream[offset + 2]! << 8) | (stream[offset + 3]! << 16);
  const end = start + length;
  if (start > stream.length || end > stream.length) throw new SnappyError("snappy: unexpected end of stream");
  return { type: stream[offset]!, content: stream.subarray(start, end), end };
}

const nothing = new Uint8Array(0);

function decodeChunk({ type, content }: Chunk): Uint8Array {
  if (type === compressedChunk) {
    return checked(content, decodeSnappy(content.subarray(4), { decodedBytesMax: chunkDecodedBytesMax }));
  }
  if (type === plainChunk) return checked(content, content.subarray(4));
  if (type === streamChunk) {
    if (Buffer.from(content).toString("latin1") !== magic) throw new SnappyError("snappy: corrupt input");
    return nothing;
  }
  // Types from 0x80 on may be skipped.
  if (type === paddingChunk || type >= 0x80) return nothing;
  throw new SnappyError("snappy: unsupported input");
}

function checked(content: Uint8Array, decoded: Uint8Array): Uint8Array {
  if (content.length < 4) throw new SnappyError("snappy: corrupt input");
  const view = new DataView(content.buffer, content.byteOffset);
  if (view.getUint32(0, true) !== maskedChecksum(decoded)) throw new SnappyError("snappy: corrupt input");
  return decoded;
}

// Rotated by 15 and offset, as the specification asks.
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** One stream of compressed chunks. */
export function encodeSnappyFrames(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [chunkOf(streamChunk, Buffer.from(magic, "latin1"))];
  for (let start = 0; start < bytes.length; start += chunkDecodedBytesMax) {
    const piece = bytes.subarray(start, start + chunkDecodedBytesMax);
    const block = encodeSnappy(piece);
    const content = new Uint8Array(4 + block.length);
    new DataView(content.buffer).setUint32(0, maskedChecksum(piece), true);
    content.set(block, 4);
    parts.push(chunkOf(compressedChunk, content));
  }
  return Buffer.concat(parts);
}

function chunkOf(type: number, content: Uint8Array): Uint8Array {
  const head = Uint8Array.of(type, content.length & 0xff, (content.length >>> 8) & 0xff, content.length >>> 16);
  return Buffer.concat([head, content]);
}
