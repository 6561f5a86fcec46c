export { type Agent, type AgentStats, openAgent } from "./agent/agent.js";
export type { AgentCounters } from "./agent/counters.js";
export { OpeningAgent, type OpeningAgentOptions } from "./agent/opening.js";
export type { AgentOptions } from "./agent/options.js";
export type { BlockMeta } from "./block/meta.js";
export { checkHistogram } from "./chunk/buckets.js";
export { decodeChunk } from "./chunk/decode.js";
export { type ChunkForm, type EncodedChunk, encodeChunks } from "./chunk/encode.js";
export { type ChunkData, isChunkEncoding } from "./chunk/encoding.js";
export type { RetentionRule } from "./compact/cutoff.js";
export type { MaintenanceCounters } from "./compact/maintenance.js";
export type { Retention } from "./compact/retention.js";
export { CorruptionError, DirectoryLockedError, InvalidHistogramError, UnsupportedDataError } from "./errors.js";
export type { HeadCounters } from "./head/counters.js";
export type { SeriesExemplars } from "./head/exemplars.js";
export type { Cardinality, NamedCount } from "./head/lookup.js";
export type { Slab } from "./head/memory.js";

export { BlockImporter, type ImportOptions } from "./import/importer.js";
export { matchersKey } from "./index/match.js";
export {
  type AnalysisRequest,
  analyzeBlock,
  type BlockAnalysis,
  type ChunkUse,
  type Counted,
} from "./inspect/analyze.js";
export { type ListedBlock, listBlocks } from "./inspect/list.js";
export { openReadOnly, type ReadOnlyOptions, type ReadOnlyTsdb } from "./inspect/read-only.js";
export { type DirectoryLock, lockDirectory, type Processes, systemProcesses } from "./lock.js";
export { NotReadyError, type OpeningOptions, OpeningTsdb } from "./opening.js";
export { type ThreadWatch, type TsdbOptions, unwatched } from "./options.js";
export { pauses } from "./pause.js";
export { MergedQuerier, mergeRows } from "./query/merge.js";
export type { TsdbIntake, TsdbStats } from "./stats.js";
export { openTsdb, type TimeRange, type Tsdb } from "./tsdb.js";
export type { LeasedView, TsdbView, ViewBlock } from "./view/database.js";
export { UnplannedSelectionError } from "./view/head-reader.js";
export type { HeadView, TimedSelection } from "./view/head-view.js";
export { type OpenView, TsdbReader, type TsdbReaderOptions } from "./view/reader.js";
export { type WaitingCounters, WaitingLimitError, type WaitingLimits, waitingLimits } from "./waiting.js";
export type { WalCompression } from "./wal/compression.js";
export type { HistogramRecord } from "./wal/histogram-records.js";
export type { ExemplarRecord, MetadataRecord, SampleRows, SeriesRecord } from "./wal/records.js";
export type { ReplayProgress } from "./wal/replay.js";
export {
  type WalPosition,
  type WalSink,
  WalWatcher,
  type WalWatcherCounters,
  type WatchOptions,
  watchWalFolder,
} from "./wal/watcher.js";
