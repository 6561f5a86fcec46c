// Columns → chunks, for compaction: where stored chunks cannot be taken over as they are.
import type { SampleColumns } from "@narthex/model";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import { appendXor, XorStates, xorSampleBytesMax } from "./xor-encode.js";

const chunkSamples = 120;
const chunkBytesMax = 1024;

export interface EncodedChunk {
  readonly minTime: number;
  readonly maxTime: number;
  readonly data: ChunkData;
}

/** Chunks of up to 120 samples. */
export function encodeChunks(columns: SampleColumns): EncodedChunk[] {
  const chunks: EncodedChunk[] = [];
  const states = new XorStates(1);
  for (let start = 0; start < columns.count; ) start = encodeChunk(columns, start, { states, chunks });
  return chunks;
}

/** Encodes rows from `start` on into one chunk; returns the row behind. */
function encodeChunk(
  columns: SampleColumns,
  start: number,
  target: { readonly states: XorStates; readonly chunks: EncodedChunk[] },
): number {
  const { states } = target;
  states.bytes = new Uint8Array(chunkBytesMax + 2 * xorSampleBytesMax);
  states.base = 0;
  states.reset(0);
  let row = start;
  for (; row < columns.count && row - start < chunkSamples; row++) {
    if (states.byteLength(0) > chunkBytesMax) break;
    appendXor(states, 0, columns.t[row]!, columns.words[2 * row + 1]!, columns.words[2 * row]!);
  }
  states.writeCount(0, states.bytes);
  const data = { encoding: chunkEncoding.xor, bytes: states.bytes, start: 0, end: states.byteLength(0) };
  target.chunks.push({ minTime: columns.t[start]!, maxTime: columns.t[row - 1]!, data });
  return row;
}
