// One entry to all chunk encodings.
import type { SampleColumns } from "@narthex/model";
import { type ChunkData, type ChunkWindow, chunkEncoding } from "./encoding.js";
import { decodeHistograms } from "./histogram-decode.js";
import { startXorDecoder } from "./xor-kernel.js";
import { decodeXor2 } from "./xor2-decode.js";

// One for each thread: nothing of a call stays in its memory that the next one reads.
const decodeXor = startXorDecoder();

/** Appends the chunk's samples inside `window` to `columns`. False when its bytes are damaged; rows may have been added. */
export function decodeChunk(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
  switch (chunk.encoding) {
    case chunkEncoding.xor:
      return decodeXor(chunk, columns, window);
    case chunkEncoding.xor2:
      return decodeXor2(chunk, columns, window);
    case chunkEncoding.histogram:
    case chunkEncoding.floatHistogram:
    case chunkEncoding.histogramWithStarts:
    case chunkEncoding.floatHistogramWithStarts:
      return decodeHistograms(chunk, columns, window);
  }
}
