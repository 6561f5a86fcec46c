// Writes series into a block being made: chunks taken over byte for byte, and the index entries that name them. AssemblyScript,
// compiled to WebAssembly; its oracles are src/compact/series-chunks.ts, src/compact/merge-blocks.ts and src/block/writer.ts.
// Series come from blocks (`merge`), whose indexes and chunks the caller puts here piece by piece, or from the head (`writeRows`), in
// batches of rows whose chunks are gathered first (`planRuns`, `placeRun`). Whatever is not plain ends a call: the caller does it by
// plain code, or brings what is missing, and goes on. docs/formats/index.md, docs/formats/chunk.md, docs/formats/chunks-head.md.

export {
  beginMerge,
  chunkIsAt,
  cursorBytes,
  cursorChunksBytes,
  cursorIndexBytes,
  cursorRefsMax,
  cursorsMax,
  merge,
  skipSame,
} from "./block/merge";
export {
  chunksOutAt,
  controlAt,
  done,
  entriesOutAt,
  flush,
  labelsOutAt,
  needChunks,
  needIndex,
  needRefs,
  nextSegment,
  plainChunk,
  plainRest,
  plainSeries,
  refsOutAt,
  sourcesAt,
} from "./block/output";
export {
  endAt,
  gatheredAt,
  gatheredBytesMax,
  placeRun,
  plainRow,
  planRuns,
  rowChunksAt,
  rowChunksMax,
  rowInWork,
  rowLabelsAt,
  rowLabelsMax,
  rowsAt,
  rowsMax,
  runAt,
  runBytes,
  runsAt,
  skipRow,
  writeRows,
} from "./block/rows";
