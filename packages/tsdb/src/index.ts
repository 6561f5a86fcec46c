export { CorruptionError, DirectoryLockedError, UnsupportedDataError } from "./errors.js";
export type { SeriesExemplars } from "./head/exemplars.js";
export type { HeadCounters } from "./head/head.js";
export type { Cardinality, NamedCount } from "./head/lookup.js";
export type { ReplayProgress } from "./head/replay.js";
export type { Processes } from "./lock.js";
export type { TsdbOptions } from "./options.js";
export type { TsdbStats } from "./stats.js";
export { openTsdb, type TimeRange, type Tsdb } from "./tsdb.js";
