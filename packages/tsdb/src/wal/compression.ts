// How WAL records are compressed: snappy, or zstd where Node.js has it (22.15 and later).
import * as zlib from "node:zlib";
import { type Kernel, startKernel } from "@narthex/stdx";
import { snappyCompressor, snappyUncompressor } from "hysnappy";
import { walWasm } from "../kernel/wal.wasm.js";
import { RowsKernel } from "./rows-kernel.js";

/** Snappy blocks: the length of the plain bytes as a uvarint, then literals and copies. */
export interface Snappy {
  compress(bytes: Uint8Array): Uint8Array;
  /**
   * Throws for bytes that are no snappy block, or one that claims to be longer than `lengthMax`. Borrowed until the next call:
   * an array for each record made the collector mark the heap six times in a start on 12 million samples.
   */
  uncompress(bytes: Uint8Array, lengthMax: number): Uint8Array;
  /** Writes records of samples; absent where there is no WebAssembly with SIMD. */
  readonly rows?: RowsKernel | undefined;
}

/** Holds two small WebAssembly instances: make one and keep it. */
export function openSnappy(): Snappy {
  const kernel = startKernel(walWasm, kernelPages);
  // Without SIMD the general compressor: of a record of 1,000 samples it makes 9.1 kB in 104 µs, the kernel 9.2 kB in 41
  // (compression.bench.ts): its table is 8 KiB, not 64, and it compares 8 bytes at a time.
  const compress = kernel ? compressorWith(kernel) : snappyCompressor();
  const general = snappyUncompressor();
  // With memory of its own: what is compressed next must not write over what was uncompressed.
  const second = kernel && startKernel(walWasm, kernelPages);
  const uncompress = second ? uncompressorWith(second, general) : general;
  return {
    compress,
    rows: kernel && new RowsKernel(kernel),
    uncompress(bytes, lengthMax) {
      const length = plainLength(bytes);
      if (length > lengthMax) throw new Error(`snappy block of ${length} bytes is over the limit of ${lengthMax}`);
      return length === 0 && bytes.length === 1 ? new Uint8Array(0) : uncompress(bytes, length);
    },
  };
}

type Uncompress = (bytes: Uint8Array, length: number) => Uint8Array;

function uncompressorWith(kernel: Kernel, general: Uncompress): Uncompress {
  const bytesMax = kernel.constant("inputBytesMax");
  const inputAt = kernel.constant("inputAt");
  const outputAt = kernel.constant("outputAt");
  const memory = new Uint8Array(kernel.buffer);
  // The signature in kernel/wal.ts.
  const elements = kernel.functions["uncompressElements"] as (from: number, length: number, plain: number) => number;
  return (bytes, length) => {
    if (bytes.length > bytesMax || length > bytesMax) return general(bytes, length);
    let from = 0;
    while (bytes[from]! > 0x7f) from++;
    memory.set(bytes, inputAt);
    if (elements(from + 1, bytes.length, length) === 0) throw new Error("bytes that are no snappy block");
    return memory.subarray(outputAt, outputAt + length);
  };
}

const kernelPages = 4;

function compressorWith(kernel: Kernel): Snappy["compress"] {
  const fragmentBytesMax = kernel.constant("inputBytesMax");
  const outputAt = kernel.constant("outputAt");
  const memory = new Uint8Array(kernel.buffer);
  const input = memory.subarray(kernel.constant("inputAt"), kernel.constant("inputAt") + fragmentBytesMax);
  // The signature in kernel/wal.ts.
  const compressFragment = kernel.functions["compressFragment"] as (length: number) => number;
  const fragment = (bytes: Uint8Array): Uint8Array => {
    input.set(bytes);
    return memory.subarray(outputAt, outputAt + compressFragment(bytes.length));
  };
  return (bytes) => {
    const target = new Uint8Array(snappyBytesMax(bytes.length));
    let at = writeLength(target, bytes.length);
    for (let start = 0; start < bytes.length; start += fragmentBytesMax) {
      const elements = fragment(bytes.subarray(start, start + fragmentBytesMax));
      target.set(elements, at);
      at += elements.length;
    }
    return target.subarray(0, at);
  };
}

/** Most bytes that a block of `length` plain bytes takes. */
function snappyBytesMax(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

function writeLength(target: Uint8Array, length: number): number {
  let at = 0;
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 0x80;
  target[at++] = rest;
  return at;
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

/** Zstd frames. */
export interface Zstd {
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws for bytes that are no zstd frame, or one that holds more than `lengthMax`. */
  uncompress(bytes: Uint8Array, lengthMax: number): Uint8Array;
}

/** The first release of Node.js that has zstd. */
export const zstdNodeVersion = "22.15";

/** The types are those of the oldest Node.js that we run on. */
interface ZlibWithZstd {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
}

/** Undefined where node:zlib has no zstd. */
export function openZstd(library: ZlibWithZstd = zlib as ZlibWithZstd): Zstd | undefined {
  const { zstdCompressSync: compress, zstdDecompressSync: decompress } = library;
  if (!compress || !decompress) return undefined;
  return {
    compress,
    uncompress: (bytes, lengthMax) => decompress(bytes, { maxOutputLength: lengthMax }),
  };
}

/** Whether the bytes begin as a zstd frame does: 0xFD2FB528, little-endian. */
export function isZstd(bytes: Uint8Array): boolean {
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd;
}

export type WalCompression = "none" | "snappy" | "zstd";

/** What writers of a log are told. Throws an Error for zstd where this Node.js has none. */
export function compressionOf({
  walCompression,
  zstd,
}: {
  readonly walCompression: WalCompression;
  readonly zstd: Zstd | undefined;
}): { readonly snappy?: Snappy; readonly zstd?: Zstd } {
  if (walCompression === "none") return {};
  if (walCompression === "snappy") return { snappy: openSnappy() };
  if (!zstd) throw new Error(`WAL compression zstd needs Node.js ${zstdNodeVersion} or later`);
  return { zstd };
}
