// Decodes XOR chunks in WebAssembly: the hot loop of every query. A chunk's bytes go into the kernel's memory and rows come
// out as bits. What it does not take (chunks larger than anyone writes, engines without WebAssembly) xor-decode.ts decodes.
import type { SampleColumns } from "@narthex/model";
import { type Kernel, startKernel } from "@narthex/stdx";
import { xorWasm } from "../kernel/xor.wasm.js";
import { type ChunkData, type ChunkWindow, sampleCountOf } from "./encoding.js";
import { decodeXor as decodeXorPlain } from "./xor-decode.js";

export type DecodeXor = typeof decodeXorPlain;

export interface XorDecoder {
  readonly decode: DecodeXor;
  /** As `decode` for each of them in turn. */
  readonly decodeRun: (chunks: readonly ChunkData[], columns: SampleColumns, window: ChunkWindow) => boolean;
}

const plainDecoder: XorDecoder = {
  decode: decodeXorPlain,
  decodeRun: (chunks, columns, window) => chunks.every((chunk) => decodeXorPlain(chunk, columns, window)),
};

/** A decoder with a kernel of its own, or the plain one where there is no WebAssembly with SIMD. */
export function startXorDecoder(): XorDecoder {
  const kernel = startKernel(xorWasm, 3);
  return kernel ? decoderWith(kernel) : plainDecoder;
}

function decoderWith(kernel: Kernel): XorDecoder {
  const bytesMax = kernel.constant("inputBytesMax");
  const samplesMax = kernel.constant("samplesMax");
  const rowsMax = kernel.constant("rowsMax");
  const input = new Uint8Array(kernel.buffer, kernel.constant("inputAt"), bytesMax);
  const times = new Float64Array(kernel.buffer, kernel.constant("timesAt"), rowsMax);
  const words = new Uint32Array(kernel.buffer, kernel.constant("valuesAt"), 2 * rowsMax);
  // The signature in kernel/xor.ts.
  const decode = kernel.functions["decodeXor"] as (length: number, after: number, end: number, rows: number) => number;

  // Rows leave the kernel's memory together: two copies cost less than two for each chunk.
  const takeRows = (rows: number, columns: SampleColumns): void => {
    const row = columns.count;
    columns.reserve(row + rows);
    columns.t.set(times.subarray(0, rows), row);
    columns.words.set(words.subarray(0, 2 * rows), 2 * row);
    columns.count = row + rows;
  };

  const decodeRun = (chunks: readonly ChunkData[], columns: SampleColumns, window: ChunkWindow): boolean => {
    let rows = 0;
    for (const chunk of chunks) {
      const { bytes, start, end } = chunk;
      const samples = sampleCountOf(chunk);
      const isTaken = end - start <= bytesMax && samples <= samplesMax;
      if (rows > 0 && (!isTaken || rows + samples > rowsMax)) {
        takeRows(rows, columns);
        rows = 0;
      }
      if (isTaken) {
        input.set(bytes.subarray(start, end));
        rows = decode(end - start, window.after, window.end, rows);
        if (rows < 0) return false;
      } else if (!decodeXorPlain(chunk, columns, window)) return false;
    }
    takeRows(rows, columns);
    return true;
  };

  return { decode: (chunk, columns, window) => decodeRun([chunk], columns, window), decodeRun };
}
