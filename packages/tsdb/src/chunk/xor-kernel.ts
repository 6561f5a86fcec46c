// Decodes XOR chunks in WebAssembly: the hot loop of every query. A chunk's bytes go into the kernel's memory and rows come
// out as bits. What it does not take (chunks larger than anyone writes, engines without WebAssembly) xor-decode.ts decodes.
import type { SampleColumns } from "@narthex/model";
import { type Kernel, startKernel } from "@narthex/stdx";
import { xorWasm } from "../kernel/xor.wasm.js";
import { type ChunkData, type ChunkWindow, sampleCountOf } from "./encoding.js";
import { decodeXor as decodeXorPlain } from "./xor-decode.js";

export type DecodeXor = typeof decodeXorPlain;

/** A decoder with a kernel of its own, or the plain one where there is no WebAssembly with SIMD. */
export function startXorDecoder(): DecodeXor {
  const kernel = startKernel(xorWasm, 1);
  return kernel ? decoderWith(kernel) : decodeXorPlain;
}

function decoderWith(kernel: Kernel): DecodeXor {
  const bytesMax = kernel.constant("inputBytesMax");
  const samplesMax = kernel.constant("samplesMax");
  const input = new Uint8Array(kernel.buffer, kernel.constant("inputAt"), bytesMax);
  const times = new Float64Array(kernel.buffer, kernel.constant("timesAt"), samplesMax);
  const words = new Uint32Array(kernel.buffer, kernel.constant("valuesAt"), 2 * samplesMax);
  // The signature in kernel/xor.ts.
  const decode = kernel.functions["decodeXor"] as (length: number, after: number, end: number) => number;
  return (chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean => {
    const { bytes, start, end } = chunk;
    if (end - start > bytesMax || sampleCountOf(chunk) > samplesMax) return decodeXorPlain(chunk, columns, window);
    input.set(bytes.subarray(start, end));
    const rows = decode(end - start, window.after, window.end);
    if (rows < 0) return false;
    const row = columns.count;
    columns.reserve(row + rows);
    columns.t.set(times.subarray(0, rows), row);
    columns.words.set(words.subarray(0, 2 * rows), 2 * row);
    columns.count = row + rows;
    return true;
  };
}
