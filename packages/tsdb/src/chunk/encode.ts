// Columns → chunks, for compaction: where stored chunks cannot be taken over as they are.
import { SampleColumns } from "@narthex/model";
import { assert } from "@narthex/stdx";
import { type ChunkData, chunkEncoding } from "./encoding.js";
import type { HistogramEncoder } from "./histogram-encode.js";
import { placeHistogram } from "./histogram-place.js";
import { decodeXor } from "./xor-decode.js";
import { appendXor, XorStates, xorSampleBytesMax } from "./xor-encode.js";
import { Xor2Encoder } from "./xor2-encode.js";

const chunkSamples = 120;
const chunkBytesMax = 1024;
const everything = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

export interface EncodedChunk {
  readonly minTime: number;
  readonly maxTime: number;
  readonly data: ChunkData;
}

/** Which encodings new chunks have. Samples with start times get one that holds them, whatever is said here. */
export interface ChunkForm {
  readonly floats: "xor" | "xor2";
  readonly histogramStarts: boolean;
}

/** Start times of a chunk's samples as `[time, start time, time, start time, …]`: each holds from its time on. */
export type StartRuns = readonly number[];

/** What Prometheus 2.42 reads, too. */
export const plainForm: ChunkForm = { floats: "xor", histogramStarts: false };

/** Float samples in chunks of up to 120, histogram samples as the head would put them. */
export function encodeChunks(columns: SampleColumns, form: ChunkForm = plainForm): EncodedChunk[] {
  const hasStarts = columns.startTimes?.subarray(0, columns.count).some((startTime) => startTime !== 0) ?? false;
  const encodeFloats = hasStarts || form.floats === "xor2" ? encodeXor2 : encodeXor;
  const chunks: EncodedChunk[] = [];
  for (let start = 0; start < columns.count; ) {
    start = columns.h?.[start]
      ? encodeHistograms(columns, start, { chunks, hasStarts: hasStarts || form.histogramStarts })
      : encodeFloats(columns, start, chunks);
  }
  return chunks;
}

/** Encodes float rows from `start` on into one chunk; returns the row behind. */
function encodeXor(columns: SampleColumns, start: number, chunks: EncodedChunk[]): number {
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

/** As `encodeXor`. */
function encodeXor2(columns: SampleColumns, start: number, chunks: EncodedChunk[]): number {
  const encoder = new Xor2Encoder();
  let row = start;
  for (; row < columns.count && row - start < chunkSamples && !columns.h?.[row]; row++) {
    if (encoder.byteLength > chunkBytesMax) break;
    appendRow(encoder, columns, row);
  }
  chunks.push({ minTime: columns.t[start]!, maxTime: columns.t[row - 1]!, data: encoder.data() });
  return row;
}

function appendRow(encoder: Xor2Encoder, columns: SampleColumns, row: number): void {
  const { t, words, startTimes } = columns;
  encoder.append({
    t: t[row]!,
    high: words[2 * row + 1]!,
    low: words[2 * row]!,
    startTime: startTimes?.[row] ?? 0,
  });
}

/** A chunk that was just made, as XOR2 where it is XOR and the form asks for that. */
export function floatsInForm(chunk: ChunkData, form: ChunkForm): ChunkData {
  return chunk.encoding === chunkEncoding.xor && form.floats === "xor2" ? xorAsXor2(chunk, []) : chunk;
}

/** The open XOR chunk as one that holds its start times; itself where there are none. */
export function withStartTimes(chunk: ChunkData, runs: StartRuns | undefined): ChunkData {
  return runs ? xorAsXor2(chunk, runs) : chunk;
}

function xorAsXor2(chunk: ChunkData, runs: StartRuns): ChunkData {
  const columns = new SampleColumns(2 * chunkSamples);
  assert(decodeXor(chunk, columns, everything), "a chunk that was just made decodes");
  if (runs.length > 0) columns.startTimes = new Float64Array(columns.t.length);
  const encoder = new Xor2Encoder();
  for (let row = 0, run = -2; row < columns.count; row++) {
    while (runs[run + 2]! <= columns.t[row]!) run += 2;
    if (columns.startTimes && run >= 0) columns.startTimes[row] = runs[run + 1]!;
    appendRow(encoder, columns, row);
  }
  return encoder.data();
}

/** Encodes the run of histogram rows from `start` on; returns the row behind. */
function encodeHistograms(
  columns: SampleColumns,
  start: number,
  target: { readonly chunks: EncodedChunk[]; readonly hasStarts: boolean },
): number {
  let open: HistogramEncoder | undefined;
  let first = start;
  let row = start;
  const end = (encoder: HistogramEncoder): void => {
    target.chunks.push({ minTime: columns.t[first]!, maxTime: columns.t[row - 1]!, data: encoder.data() });
    first = row;
  };
  for (; row < columns.count; row++) {
    const histogram = columns.h?.[row];
    if (!histogram) break;
    const placement = placeHistogram(open, histogram, target);
    if (open && placement.isNewChunk) end(open);
    open = placement.encoder;
    open.append(columns.t[row]!, placement.histogram, columns.startTimes?.[row]);
  }
  if (open) end(open);
  return row;
}
