// Prepares one series' chunks for a new block: taken over byte for byte where possible, written anew where they overlap,
// hold deleted samples or reach out of the block.
import { SampleColumns } from "@narthex/model";
import type { TimedChunk } from "../block/writer.js";
import { decodeChunk } from "../chunk/decode.js";
import { type ChunkForm, encodeChunks } from "../chunk/encode.js";
import { chunkEncoding } from "../chunk/encoding.js";
import { CorruptionError } from "../errors.js";
import { mergeRows } from "../query/merge.js";
import { dropDeleted, type Interval } from "../tombstones.js";

/** A chunk of a store that goes into the block, and what is deleted of its series there. */
export interface SourceChunk extends TimedChunk {
  readonly deleted: readonly Interval[];
  /** For error messages. */
  readonly origin: string;
}

/** `minTime` inclusive, `maxTime` exclusive. */
export interface BlockSpan {
  readonly minTime: number;
  readonly maxTime: number;
}

/** Chunks in any order → chunks in order of time, apart from each other, inside the span. Of two samples with one time the first source's stays. */
export function seriesChunks(sources: readonly SourceChunk[], span: BlockSpan): readonly TimedChunk[] {
  if (areFit(sources, span)) return sources;
  const inside = sources.filter((chunk) => chunk.minTime < span.maxTime && chunk.maxTime >= span.minTime);
  const out: TimedChunk[] = [];
  for (const run of overlappingRuns(inside)) {
    const only = run.length === 1 ? (run[0] as SourceChunk) : undefined;
    if (only && isWholeAndClean(only, span)) out.push(only);
    else out.push(...rewritten(inSourceOrder(run, inside), span));
  }
  return out;
}

/** Nearly always they go into the block as they are. */
function areFit(sources: readonly SourceChunk[], span: BlockSpan): boolean {
  let maxTime = span.minTime - 1;
  for (const source of sources) {
    if (source.minTime <= maxTime || !isWholeAndClean(source, span)) return false;
    maxTime = source.maxTime;
  }
  return true;
}

function overlappingRuns(chunks: readonly SourceChunk[]): SourceChunk[][] {
  const sorted = [...chunks].sort((a, b) => a.minTime - b.minTime);
  const runs: SourceChunk[][] = [];
  let maxTime = Number.NEGATIVE_INFINITY;
  for (const chunk of sorted) {
    if (chunk.minTime <= maxTime) runs.at(-1)?.push(chunk);
    else runs.push([chunk]);
    maxTime = Math.max(maxTime, chunk.maxTime);
  }
  return runs;
}

function inSourceOrder(run: readonly SourceChunk[], sources: readonly SourceChunk[]): SourceChunk[] {
  const places = new Map(sources.map((chunk, i) => [chunk, i]));
  return [...run].sort((a, b) => places.get(a)! - places.get(b)!);
}

function isWholeAndClean(chunk: SourceChunk, span: BlockSpan): boolean {
  if (chunk.minTime < span.minTime || chunk.maxTime >= span.maxTime) return false;
  if (chunk.deleted.length === 0) return true;
  return !chunk.deleted.some(({ minTime, maxTime }) => minTime <= chunk.maxTime && maxTime >= chunk.minTime);
}

/** What is written anew stays in the encodings it was in, so that a block needs no setting. */
function formOf(run: readonly SourceChunk[]): ChunkForm {
  const encodings = run.map(({ data }) => data.encoding);
  return {
    floats: encodings.includes(chunkEncoding.xor2) ? "xor2" : "xor",
    histogramStarts: encodings.some((encoding) => encoding >= chunkEncoding.histogramWithStarts),
  };
}

/** REQUIRES: the run in the order in which its samples count. */
function rewritten(run: readonly SourceChunk[], span: BlockSpan): TimedChunk[] {
  const merged = new SampleColumns();
  const window = { after: span.minTime - 1, end: span.maxTime - 1 };
  for (const chunk of run) {
    mergeRows(merged, Number.NEGATIVE_INFINITY, (rows) => {
      if (!decodeChunk(chunk.data, rows, window)) {
        const place = chunk.data.origin ?? { file: chunk.origin, offset: chunk.data.start };
        throw new CorruptionError("chunk ends before its samples do", place);
      }
      dropDeleted(rows, chunk.deleted);
    });
  }
  return encodeChunks(merged, formOf(run));
}
