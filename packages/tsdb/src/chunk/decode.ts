// One entry to all chunk encodings.
import type { SampleColumns } from "@narthex/model";
import { assert } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import { type ChunkData, type ChunkWindow, chunkEncoding } from "./encoding.js";
import { decodeHistograms } from "./histogram-decode.js";
import { XorDecoder } from "./xor-kernel.js";
import { decodeXor2 } from "./xor2-decode.js";

// One for each thread: nothing of a call stays in its memory that the next one reads.
const xorDecoder = new XorDecoder();

/** Appends the chunk's samples inside `window` to `columns`. False when its bytes are damaged; rows may have been added. */
export function decodeChunk(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
  switch (chunk.encoding) {
    case chunkEncoding.xor:
      return xorDecoder.decode(chunk, columns, window);
    case chunkEncoding.xor2:
      return decodeXor2(chunk, columns, window);
    case chunkEncoding.histogram:
    case chunkEncoding.floatHistogram:
    case chunkEncoding.histogramWithStarts:
    case chunkEncoding.floatHistogramWithStarts:
      return decodeHistograms(chunk, columns, window);
  }
}

/** As `decodeChunk`, for chunks of the head: throws CorruptionError where a file holds one whose bytes are damaged. */
export function decodeHeadChunk(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): void {
  if (decodeChunk(chunk, columns, window)) return;
  assert(chunk.origin !== undefined, "a chunk of memory decodes");
  throw new CorruptionError("chunk ends before its samples do", chunk.origin);
}
