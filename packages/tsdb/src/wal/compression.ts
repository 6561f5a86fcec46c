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
