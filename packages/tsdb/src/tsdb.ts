// The database: one directory, its head, its log and its blocks.
// Comes from: apps, through openTsdb. Everything runs on the thread that opened it.
import type { Appendable, Appender, Matcher, Querier, Queryable } from "@narthex/model";
import { type AppendTarget, HeadAppender } from "./head/appender.js";
import { ChunkFiles } from "./head/chunk-files.js";
import { ExemplarRing, type SeriesExemplars } from "./head/exemplars.js";
import { Head } from "./head/head.js";
import { type Cardinality, headCardinality, headIndex } from "./head/lookup.js";
import { HeadQuerier } from "./head/querier.js";
import { replayHead } from "./head/replay.js";
import { matchSeries } from "./index/match.js";
import { type DirectoryLock, lockDirectory } from "./lock.js";
import { type ResolvedOptions, resolveOptions, type TsdbOptions } from "./options.js";
import { pauses } from "./pause.js";
import { statsOf, type TsdbStats } from "./stats.js";
import { dropUnfinishedCheckpoints } from "./wal/checkpoint.js";
import { openSnappy } from "./wal/compression.js";
import type { WalFolder } from "./wal/folder.js";
import { WalWriter } from "./wal/writer.js";

export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

export interface Tsdb extends Appendable, Queryable {
  appender(): Appender;
  querier(range: TimeRange): Querier;
  /** Exemplars in the range of series that satisfy one of the matcher sets. */
  exemplars(range: TimeRange, matcherSets: readonly (readonly Matcher[])[]): SeriesExemplars[];
  stats(): TsdbStats;
  /** The `limit` greatest contributors of the head, for `/api/v1/status/tsdb`. */
  cardinality(limit: number): Cardinality;
  /** Syncs and closes everything and gives the directory free. */
  close(): void;
}

/**
 * Opens the data directory, replaying its log. Throws DirectoryLockedError, the file system's error for a directory that
 * cannot be written, CorruptionError for a block index that cannot be read.
 */
export async function openTsdb(options: TsdbOptions): Promise<Tsdb> {
  const resolved = resolveOptions(options);
  const { fileSystem, path } = resolved;
  try {
    fileSystem.makeFolder(path);
  } catch (cause) {
    throw new Error(`cannot make data directory ${path}`, { cause });
  }
  const lock = lockDirectory(path, resolved);
  try {
    return await OpenTsdb.open(resolved, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

// Out-of-order samples that Prometheus has not compacted yet stand in `wbl`.
function refuseOutOfOrderLog({ fileSystem, path }: ResolvedOptions): void {
  const folder = `${path}/wbl`;
  if (!fileSystem.stat(folder)) return;
  if (fileSystem.readFolder(folder).every((name) => fileSystem.stat(`${folder}/${name}`)?.size === 0)) return;
  throw new UnsupportedDataError(`${folder} holds out-of-order samples, which are not read yet`);
}

interface Parts {
  readonly options: ResolvedOptions;
  readonly lock: DirectoryLock;
  readonly head: Head;
  readonly walFolder: WalFolder;
  readonly wal: WalWriter;
  readonly exemplars: ExemplarRing;
  readonly corruptions: number;
}

class OpenTsdb implements Tsdb {
  readonly #parts: Parts;
  readonly #target: AppendTarget;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#target = { head: parts.head, wal: parts.wal, exemplars: parts.exemplars, idleBatches: [] };
  }

  static async open(options: ResolvedOptions, lock: DirectoryLock): Promise<OpenTsdb> {
    const { fileSystem, path } = options;
    const snappy = openSnappy();
    const walFolder = { fileSystem, path: `${path}/wal`, snappy };
    const exemplars = new ExemplarRing(options.exemplarsMax);
    const chunkFiles = new ChunkFiles(fileSystem, `${path}/chunks_head`);
    const head = new Head({ chunkFiles, blockRangeMs: options.blockRangeMs, seriesMax: options.headSeriesMax });
    refuseOutOfOrderLog(options);
    dropUnfinishedCheckpoints(walFolder);
    const replayed = await replayHead({
      head,
      wal: walFolder,
      exemplars,
      onProgress: options.onReplayProgress,
      pause: pauses(),
    });
    for (const error of replayed.corruptions) options.onCorruption(error);
    const wal = WalWriter.open({
      fileSystem,
      folder: walFolder.path,
      snappy: options.walCompression ? snappy : undefined,
      segmentBytesMax: options.walSegmentBytesMax,
    });
    return new OpenTsdb({ options, lock, head, walFolder, wal, exemplars, corruptions: replayed.corruptions.length });
  }

  appender(): Appender {
    return new HeadAppender(this.#target);
  }

  querier(_range: TimeRange): Querier {
    return new HeadQuerier(this.#parts.head);
  }

  exemplars(range: TimeRange, matcherSets: readonly (readonly Matcher[])[]): SeriesExemplars[] {
    const { head, exemplars } = this.#parts;
    const wanted = new Set(matcherSets.flatMap((matchers) => [...matchSeries(headIndex(head), matchers)]));
    return exemplars.select(range, (ref) => (wanted.has(ref) ? head.labelsOf(head.series.slotOf(ref)) : undefined));
  }

  stats(): TsdbStats {
    return statsOf(this.#parts);
  }

  cardinality(limit: number): Cardinality {
    return headCardinality(this.#parts.head, limit);
  }

  close(): void {
    const { wal, head, lock } = this.#parts;
    wal.close();
    head.writeClosedChunks();
    head.chunkFiles.close();
    lock.release();
  }
}
