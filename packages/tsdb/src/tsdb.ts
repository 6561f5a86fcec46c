// The database: one directory, its head, its log and its blocks.
// Comes from: apps, through openTsdb. Everything runs on the thread that opened it.

import type { Appendable, Appender, Matcher, Metadata, Querier, Queryable, SeriesRef } from "@narthex/model";
import { assert, ByteWriter, nodeFileSystem } from "@narthex/stdx";
import { Blocks } from "./block/blocks.js";
import { type BlockMeta, makeUlid } from "./block/meta.js";
import type { ChunkForm } from "./chunk/encode.js";
import { type BlockBuilder, buildHere, WorkerBuilder } from "./compact/builder.js";
import { Maintenance } from "./compact/maintenance.js";
import { expiredUntil, type Retention } from "./compact/retention.js";
import { openDirectory } from "./directory.js";
import { type AppendTarget, HeadAppender } from "./head/appender.js";
import { countSeries } from "./head/count.js";
import type { ExemplarRing, SeriesExemplars } from "./head/exemplars.js";
import type { Head } from "./head/head.js";
import { type Cardinality, cardinalitySteps, headIndex } from "./head/lookup.js";
import type { Slab } from "./head/memory.js";
import { HeadQuerier } from "./head/querier.js";
import { restoreMemory } from "./head/restore.js";
import { dropSnapshots, recordsBefore, recordsBehind, writeSnapshot } from "./head/snapshot.js";
import { truncateHead } from "./head/truncate.js";
import { matchSeries } from "./index/match.js";
import type { DirectoryLock } from "./lock.js";
import { type ResolvedOptions, resolveOptions, type TsdbOptions } from "./options.js";
import { pauses, Slices } from "./pause.js";
import { labelValueSteps } from "./query/label-values.js";
import { MergedQuerier } from "./query/merge.js";
import { statsOf, type TsdbIntake, type TsdbStats } from "./stats.js";
import type { Interval } from "./tombstones.js";
import { type LeasedView, leaseView, type ViewBlock, viewBlocks } from "./view/database.js";
import type { TimedSelection } from "./view/head-view.js";
import { dropUnfinishedCheckpoints } from "./wal/checkpoint.js";
import { compressionOf, openSnappy } from "./wal/compression.js";
import type { WalFolder } from "./wal/folder.js";
import { encodeTombstones } from "./wal/records.js";
import { SegmentTimes } from "./wal/segment-times.js";
import { WalWatcher, type WatchOptions } from "./wal/watcher.js";
import { WriteBehindLog } from "./wal/write-behind.js";
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
  /** Of what `stats` tells, what costs nothing: samples since the start, and the newest time; nothing before it is open. */
  intake(): TsdbIntake;
  /** The `limit` greatest contributors of the head, for `/api/v1/status/tsdb`. */
  cardinality(limit: number): Promise<Cardinality>;
  /** All values of a label in the stores that reach into the range, in slices of some milliseconds, as `view`. */
  labelValues(name: string, range: TimeRange, signal?: AbortSignal): Promise<string[]>;
  /** Metadata of a series by the ref that an appender gave. */
  metadataOf(ref: SeriesRef): Metadata | undefined;
  /** Does what is due: head to block, blocks to larger blocks, retention. Call it every minute. */
  compact(): Promise<void>;
  /** Hides the samples of matching series in the range, both ends inclusive. */
  deleteSeries(matchers: readonly Matcher[], range: TimeRange): Promise<void>;
  /** Rewrites blocks without what was deleted. */
  cleanTombstones(): Promise<void>;
  /** A copy of all blocks in a new folder on the same disk, and of the head as one more. */
  snapshot(folder: string, options: { readonly withHead: boolean }): Promise<void>;
  /** What is kept, from the next compaction on; what is not named stays as it is. */
  setRetention(retention: Partial<Retention>): void;
  /** Encodings of chunks that end from now on. */
  setChunkForm(form: ChunkForm): void;
  /** How far behind the newest sample others may come from now on, in ms; 0 for samples in order only. */
  setOutOfOrderTimeWindow(windowMs: number): void;
  /** At which share of the head's series (0 to 1) those that ended become blocks of their own; 0: not before the head's turn. */
  setStaleSeriesThreshold(share: number): void;
  /** How many exemplars are kept from now on; the newest stay. 0 keeps none. */
  setExemplarsMax(exemplarsMax: number): void;
  /** In order of time. */
  blocks(): BlockMeta[];
  /**
   * The database as it is now, for a TsdbReader on another thread; it answers the selections, and narrower ones. Taken in
   * slices of some milliseconds; rejects with the signal's reason when it is aborted first. A batch is in it whole or not at
   * all, but for native histograms, samples that come late, and what is beyond 250,000 series: of those each series is as
   * it was at some moment of the taking.
   */
  view(selections: readonly TimedSelection[], signal?: AbortSignal): Promise<LeasedView>;
  /**
   * Series of the selection, of floats; undefined where no more than `postingsMax` postings do not tell, a block has some of the samples, or
   * they are native histograms.
   */
  seriesCount(selection: TimedSelection, postingsMax: number): number | undefined;
  /** What a TsdbReader may keep open. */
  viewBlocks(): ViewBlock[];
  /** Memory that views point into, from slab number `first` on: slabs are added, never taken away. */
  slabs(first: number): Slab[];
  /** Follows the log: `poll` the watcher to get what was committed since. Close it before the database. */
  watchWal(options: WatchOptions): WalWatcher;
  /** Breaks off a compaction, syncs and closes everything and gives the directory free. */
  close(): Promise<void>;
}

/**
 * Opens the data directory, replaying its log. Throws DirectoryLockedError, the file system's error for a directory that
 * cannot be written, CorruptionError for a block index that cannot be read.
 */
export async function openTsdb(options: TsdbOptions): Promise<Tsdb> {
  const resolved = resolveOptions(options);
  const lock = openDirectory(resolved);
  try {
    return await OpenTsdb.open(resolved, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

class OpenTsdb implements Tsdb {
  readonly #parts: Parts;
  readonly #target: AppendTarget;
  readonly #maintenance: Maintenance;
  readonly #slices = new Slices();

  private constructor(parts: Parts) {
    const { options } = parts;
    this.#parts = parts;
    const { head, wal, writeBehind, exemplars } = parts;
    this.#target = { head, wal, writeBehind, exemplars, idleBatches: [] };
    this.#maintenance = new Maintenance({
      ...options,
      directory: options.path,
      head,
      wal,
      writeBehind,
      walFolder: parts.walFolder,
      segmentTimes: parts.segmentTimes,
      retired: parts.retired,
      hasUnreadLog: parts.hasUnreadLog,
      aliases: parts.aliases,
      blocks: parts.blocks,
      hasExemplars: (ref) => exemplars.has(ref),
      retention: options,
      builder: builderOf(options),
      now: () => options.clock.now(),
    });
  }

  static async open(options: ResolvedOptions, lock: DirectoryLock): Promise<OpenTsdb> {
    const { fileSystem, path, onCorruption } = options;
    const blocks = new Blocks({ fileSystem, directory: path, cacheBytesMax: options.blockCacheBytesMax, onCorruption });
    try {
      return await OpenTsdb.#openHead({ options, lock, blocks });
    } catch (error) {
      blocks.close();
      throw error;
    }
  }

  static async #openHead(parts: Pick<Parts, "options" | "lock" | "blocks">): Promise<OpenTsdb> {
    const { options, blocks } = parts;
    const { fileSystem, path, onCorruption } = options;
    const compression = compressionOf(options);
    const walFolder = { fileSystem, path: `${path}/wal`, snappy: openSnappy(), zstd: options.zstd };
    blocks.cleanUp();
    blocks.reload();
    dropUnfinishedCheckpoints(walFolder);
    const writeBehind = new WriteBehindLog({
      folder: { ...walFolder, path: `${path}/wbl` },
      compression,
      segmentBytesMax: options.walSegmentBytesMax,
    });
    const minValidTime = Math.max(blocks.inOrderMaxTime, expiredUntil(blocks.maxTime, options));
    const memory = await restoreMemory({ options, wal: walFolder, writeBehind: writeBehind.folder, minValidTime });
    const { head, exemplars, replayed } = memory;
    head.outOfOrder.windowMs = options.outOfOrderTimeWindowMs;
    for (const error of replayed.corruptions) onCorruption(error);
    let opened: WalWriter | undefined;
    try {
      const { walSegmentBytesMax: segmentBytesMax } = options;
      const wal = WalWriter.open({ fileSystem, folder: walFolder.path, ...compression, segmentBytesMax });
      opened = wal;
      writeBehind.mark(replayed.missingMarkers);
      // The names of `wal` and `chunks_head` too must outlive a loss of power.
      fileSystem.syncFolder(path);
      const retired = new Map([...replayed.aliases.keys(), ...replayed.removed].map((ref) => [ref, wal.segment - 1]));
      const aliases = new Map([...replayed.aliases.keys()].map((ref) => [ref, head.maxTime]));
      const hasUnreadLog = memory.isFromSnapshot;
      const segmentTimes = new SegmentTimes();
      segmentTimes.noteEnd(wal.segment - 1, head.maxTime);
      const target = { head, wal, walFolder, segmentTimes, writeBehind, retired, aliases, hasUnreadLog };
      // The log may name series whose samples are all in blocks by now.
      await truncateHead(target, { minTime: head.minValidTime, pause: pauses() });
      await head.chunkFiles.removals.settled();
      const tsdb = new OpenTsdb({ ...parts, ...target, exemplars, corruptions: replayed.corruptions.length });
      tsdb.#maintenance.applyRetention();
      return tsdb;
    } catch (error) {
      head.chunkFiles.abandon();
      opened?.abandon();
      writeBehind.abandon();
      throw error;
    }
  }

  appender(): Appender {
    return new HeadAppender(this.#target);
  }

  querier(range: TimeRange): Querier {
    const { head, blocks } = this.#parts;
    const overlapping = blocks.list().filter((block) => block.overlaps(range));
    const stores: Querier[] = [];
    if (overlapping.length > 0) stores.push(MergedQuerier.ofOrdered(overlapping.map((block) => block.querier())));
    if (this.#headReaches(range)) stores.push(new HeadQuerier(head));
    return MergedQuerier.of(stores);
  }

  exemplars(range: TimeRange, matcherSets: readonly (readonly Matcher[])[]): SeriesExemplars[] {
    const { head, exemplars } = this.#parts;
    const wanted = new Set(matcherSets.flatMap((matchers) => [...matchSeries(headIndex(head), matchers)]));
    return exemplars.select(range, (ref) => (wanted.has(ref) ? head.labelsOf(head.series.slotOf(ref)) : undefined));
  }

  compact(): Promise<void> {
    return this.#maintenance.run();
  }

  async deleteSeries(matchers: readonly Matcher[], range: TimeRange): Promise<void> {
    const interval = { minTime: range.start, maxTime: range.end };
    await this.#maintenance.exclusively(async () => {
      // Tombstones of the head hide samples in order only: what comes late after this may be meant to stay.
      await this.#maintenance.compactOutOfOrder();
      for (const block of this.#parts.blocks.list()) if (block.overlaps(range)) block.delete(matchers, interval);
      this.#deleteFromHead(matchers, interval);
    });
  }

  #deleteFromHead(matchers: readonly Matcher[], interval: Interval): void {
    const { head, wal } = this.#parts;
    const tombstones = [...matchSeries(headIndex(head), matchers)]
      .map((ref) => ({ ref, ...deletable(head, ref, interval) }))
      .filter(({ minTime, maxTime }) => minTime <= maxTime);
    if (tombstones.length === 0) return;
    const record = new ByteWriter();
    encodeTombstones(record, tombstones);
    wal.write([record.bytes()]);
    for (const { ref, minTime, maxTime } of tombstones) head.deleted.add(ref, { minTime, maxTime });
  }

  cleanTombstones(): Promise<void> {
    return this.#maintenance.cleanTombstones();
  }

  snapshot(folder: string, options: { readonly withHead: boolean }): Promise<void> {
    return this.#maintenance.snapshot(folder, options);
  }

  setRetention(retention: Partial<Retention>): void {
    this.#maintenance.retention = { ...this.#maintenance.retention, ...retention };
  }

  setChunkForm(form: ChunkForm): void {
    this.#parts.head.chunkForm = form;
  }

  setOutOfOrderTimeWindow(windowMs: number): void {
    this.#parts.head.outOfOrder.windowMs = Math.max(0, windowMs);
  }

  setStaleSeriesThreshold(share: number): void {
    this.#maintenance.staleSeriesThreshold = share;
  }

  setExemplarsMax(exemplarsMax: number): void {
    this.#parts.exemplars.resize(exemplarsMax);
  }

  blocks(): BlockMeta[] {
    return this.#parts.blocks.list().map(({ meta }) => meta);
  }

  view(selections: readonly TimedSelection[], signal?: AbortSignal): Promise<LeasedView> {
    return leaseView({ ...this.#parts, slices: this.#slices }, selections, signal);
  }

  seriesCount(selection: TimedSelection, postingsMax: number): number | undefined {
    const { head, blocks } = this.#parts;
    if (blocks.list().some((block) => block.overlaps(selection))) return undefined;
    return countSeries(head, selection.matchers, postingsMax);
  }

  viewBlocks(): ViewBlock[] {
    return viewBlocks(this.#parts.blocks);
  }

  slabs(first: number): Slab[] {
    return this.#parts.head.arena.slabsFrom(first);
  }

  metadataOf(ref: SeriesRef): Metadata | undefined {
    return this.#parts.head.metadata.get(ref);
  }

  watchWal(options: WatchOptions): WalWatcher {
    return new WalWatcher({ ...options, folder: this.#parts.walFolder });
  }

  stats(): TsdbStats {
    return statsOf({ ...this.#parts, maintenance: this.#maintenance });
  }

  intake(): TsdbIntake {
    const { head, exemplars } = this.#parts;
    const { samplesAppended, histogramsAppended } = head.counters;
    return {
      samples: samplesAppended,
      histograms: histogramsAppended,
      exemplars: exemplars.appended,
      highestTime: Number.isFinite(head.maxTime) ? head.maxTime : 0,
    };
  }

  cardinality(limit: number): Promise<Cardinality> {
    return this.#slices.run(cardinalitySteps(this.#parts.head, limit));
  }

  async labelValues(name: string, range: TimeRange, signal?: AbortSignal): Promise<string[]> {
    const { head, blocks } = this.#parts;
    const held = blocks.list().filter((block) => block.overlaps(range));
    const release = held.map((block) => block.querier());
    try {
      const stores = held.map(({ index }) => index.valueParts(name));
      if (this.#headReaches(range)) stores.push(headIndex(head).valueParts(name));
      return await this.#slices.run(labelValueSteps(stores), signal);
    } finally {
      for (const querier of release) querier.close();
    }
  }

  #headReaches({ end }: TimeRange): boolean {
    const { head } = this.#parts;
    return Math.min(head.minTime, head.outOfOrder.minTime) <= end;
  }

  // Without it the next start replays the log, which has everything: no reason to fail a shutdown.
  async #trySnapshot(): Promise<void> {
    const { options } = this.#parts;
    try {
      await this.#writeSnapshot();
    } catch (error) {
      dropSnapshots(options.fileSystem, options.path);
      options.onSnapshotFailure(error);
    }
  }

  async #writeSnapshot(): Promise<void> {
    const { options, wal, head, exemplars, walFolder } = this.#parts;
    wal.write(recordsBefore(head));
    head.unlogged = [];
    wal.sync();
    head.chunkFiles.sync();
    const place = { segment: wal.segment, offset: wal.segmentLength };
    const target = { head, exemplars, folder: walFolder, directory: options.path };
    await writeSnapshot(target, place, pauses());
    wal.write(recordsBehind(head));
  }

  async close(): Promise<void> {
    const { wal, writeBehind, head, blocks, lock } = this.#parts;
    await this.#maintenance.close();
    const closeChunks = async (): Promise<void> => {
      head.writeClosedChunks();
      wal.sync();
      if (this.#parts.options.memorySnapshot && !head.hasUnwritten) await this.#trySnapshot();
      head.chunkFiles.close();
    };
    // Whatever becomes of chunks_head, the logs are what must reach the disk.
    await endAll([
      closeChunks,
      () => wal.close(),
      () => writeBehind.close(),
      () => blocks.close(),
      () => this.#maintenance.removalsSettled(),
      () => lock.release(),
    ]);
  }
}

/** Calls all of them; the first error is thrown in the end. */
async function endAll(ends: readonly (() => Promise<void> | void)[]): Promise<void> {
  const [first, ...rest] = ends;
  try {
    await first?.();
  } finally {
    if (rest.length > 0) await endAll(rest);
  }
}

// The log holds times of 52 bits.
const oldestTime = -(2 ** 51);

/** The part of the interval where the series can get no more samples in order: what comes later is not deleted. */
function deletable(head: Head, ref: SeriesRef, interval: Interval): Interval {
  const settledTime = Math.max(head.lastTime(head.series.slotOf(ref)), head.appendMinTime - 1);
  return {
    minTime: Math.max(interval.minTime, head.minValidTime, oldestTime),
    maxTime: Math.min(interval.maxTime, settledTime),
  };
}

function builderOf(options: ResolvedOptions): BlockBuilder {
  const { compactionThread, fileSystem, clock, random } = options;
  if (compactionThread === "caller") return buildHere(fileSystem, () => makeUlid(clock.now(), random));
  assert(fileSystem === nodeFileSystem, "workers work on the real file system");
  return new WorkerBuilder(options.beforeCompactionThread);
}

interface Parts {
  readonly options: ResolvedOptions;
  readonly lock: DirectoryLock;
  readonly head: Head;
  readonly blocks: Blocks;
  readonly walFolder: WalFolder;
  readonly wal: WalWriter;
  readonly segmentTimes: SegmentTimes;
  readonly writeBehind: WriteBehindLog;
  readonly exemplars: ExemplarRing;
  readonly retired: Map<number, number>;
  readonly hasUnreadLog: boolean;
  readonly aliases: Map<number, number>;
  readonly corruptions: number;
}
