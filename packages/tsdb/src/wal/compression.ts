// How WAL records are compressed: snappy, written and read; zstd, read where Node.js can (22.15 and later).
import * as zlib from "node:zlib";
import { snappyCompressor, snappyUncompressor } from "hysnappy";

/** Snappy blocks: the length of the plain bytes as a uvarint, then literals and copies. */
export interface Snappy {
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws for bytes that are no snappy block, or one that claims to be longer than `lengthMax`. */
  uncompress(bytes: Uint8Array, lengthMax: number): Uint8Array;
}

/** Holds two small WebAssembly instances: make one and keep it. */
export function openSnappy(): Snappy {
  const compress = snappyCompressor();
  const uncompress = snappyUncompressor();
  return {
    compress,
    uncompress(bytes, lengthMax) {
      const length = plainLength(bytes);
      if (length > lengthMax) throw new Error(`snappy block of ${length} bytes is over the limit of ${lengthMax}`);
      return length === 0 ? new Uint8Array(0) : uncompress(bytes, length);
    },
  };
}

function plainLength(bytes: Uint8Array): number {
  let length = 0;
  let scale = 1;
  for (let i = 0; i < Math.min(5, bytes.length); i++) {
    length += (bytes[i]! & 0x7f) * scale;
    if (bytes[i]! < 0x80) return length;
    scale *= 128;
  }
  throw new Error("snappy block without a length");
}

type ZstdDecompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Undefined where node:zlib has no zstd. Throws for bytes that are no zstd frame, or one longer than the limit. */
export const uncompressZstd: ZstdDecompress | undefined =
  // The types are those of the oldest Node.js that we run on.
  (zlib as unknown as { readonly zstdDecompressSync?: ZstdDecompress }).zstdDecompressSync;

/** Whether the bytes begin as a zstd frame does: 0xFD2FB528, little-endian. */
export function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}
