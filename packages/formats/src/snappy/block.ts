// Snappy's block format: WAL records, remote write and remote read.
// The codec is WebAssembly, instantiated once per thread and reused; its memory grows with the largest block and stays.
// Header of a block: uvarint length of what it decodes to, so that a bound can be kept before anything is decoded.
import { ByteRangeError, ByteReader } from "@narthex/stdx";
import { snappyCompressor, snappyUncompressor } from "hysnappy";

/** Bytes that a block may decode to, unless told otherwise: the cap of Prometheus' remote write receiver. */
export const snappyDecodedBytesMax: number = 32 * 1024 * 1024;

/** A block that is no snappy, or decodes to more than it may. */
export class SnappyError extends Error {
  override readonly name = "SnappyError";
}

const compress = snappyCompressor();
const uncompress = snappyUncompressor();

/** Bytes that `block` says it decodes to. Throws SnappyError. */
export function snappyDecodedLength(block: Uint8Array): number {
  try {
    return new ByteReader(block).uvarint();
  } catch (error) {
    if (error instanceof ByteRangeError) throw new SnappyError("snappy: corrupt input", { cause: error });
    throw error;
  }
}

export type SnappyLimits = { readonly decodedBytesMax?: number };

/** As snappyDecodedLength, of a block that may say so. Throws SnappyError. */
export function checkedSnappyLength(block: Uint8Array, options: SnappyLimits): number {
  const length = snappyDecodedLength(block);
  const decodedBytesMax = options.decodedBytesMax ?? snappyDecodedBytesMax;
  if (length > decodedBytesMax) {
    throw new SnappyError(`snappy: decoded block of ${length} bytes is larger than ${decodedBytesMax}`);
  }
  // A block of n bytes cannot say more than 64 bytes per 3-byte copy; a header beyond that is a lie, and memory saved.
  if (length > block.length * 64) throw new SnappyError("snappy: corrupt input");
  return length;
}

/** Throws SnappyError. The result is a copy. */
export function decodeSnappy(block: Uint8Array, options: SnappyLimits = {}): Uint8Array {
  const length = checkedSnappyLength(block, options);
  try {
    return uncompress(block, length);
  } catch (error) {
    throw new SnappyError("snappy: corrupt input", { cause: error });
  }
}

export function encodeSnappy(bytes: Uint8Array): Uint8Array {
  return compress(bytes);
}
