// Columns → chunks, for compaction: where stored chunks cannot be taken over as they are.
import type { SampleColumns } from "@narthex/model";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import type { HistogramEncoder } from "./histogram-encode.js";
import { placeHistogram } from "./histogram-place.js";
import { appendXor, XorStates, xorSampleBytesMax } from "./xor-encode.js";

const chunkSamples = 120;
const chunkBytesMax = 1024;

export interface EncodedChunk {
  readonly minTime: number;
  readonly maxTime: number;
  readonly data: ChunkData;
}

/** Float samples in chunks of up to 120, histogram samples as the head would put them. */
export function encodeChunks(columns: SampleColumns): EncodedChunk[] {
  const chunks: EncodedChunk[] = [];
  for (let start = 0; start < columns.count; ) {
    start = columns.h?.[start] ? encodeHistograms(columns, start, chunks) : encodeFloats(columns, start, chunks);
  }
  return chunks;
}

/** Encodes float rows from `start` on into one chunk; returns the row behind. */
function encodeFloats(columns: SampleColumns, start: number, chunks: EncodedChunk[]): number {
  const states = new XorStates(1);
  states.bytes = new Uint8Array(chunkBytesMax + 2 * xorSampleBytesMax);
  states.reset(0);
  let row = start;
  for (; row < columns.count && row - start < chunkSamples && !columns.h?.[row]; row++) {
    if (states.byteLength(0) > chunkBytesMax) break;
    appendXor(states, 0, columns.t[row]!, columns.words[2 * row + 1]!, columns.words[2 * row]!);
  }
  states.writeCount(0, states.bytes);
  const data = { encoding: chunkEncoding.xor, bytes: states.bytes, start: 0, end: states.byteLength(0) };
  chunks.push({ minTime: columns.t[start]!, maxTime: columns.t[row - 1]!, data });
  return row;
}

/** Encodes the run of histogram rows from `start` on; returns the row behind. */
function encodeHistograms(columns: SampleColumns, start: number, chunks: EncodedChunk[]): number {
  let open: HistogramEncoder | undefined;
  let first = start;
  let row = start;
  const end = (encoder: HistogramEncoder): void => {
    chunks.push({ minTime: columns.t[first]!, maxTime: columns.t[row - 1]!, data: encoder.data() });
    first = row;
  };
  for (; row < columns.count; row++) {
    const histogram = columns.h?.[row];
    if (!histogram) break;
    const placement = placeHistogram(open, histogram);
    if (open && placement.isNewChunk) end(open);
    open = placement.encoder;
    open.append(columns.t[row]!, placement.histogram);
  }
  if (open) end(open);
  return row;
}
