// A database that can be written to from the first moment, while its log is still replayed: what is appended meanwhile
// waits, and is committed in order before readers come in. Reading throws NotReadyError until then.
import type { Appender, Matcher, Metadata, Querier, SeriesRef } from "@narthex/model";
import { type Clock, systemClock } from "@narthex/stdx";
import type { BlockMeta } from "./block/meta.js";
import type { ChunkForm } from "./chunk/encode.js";
import type { Retention } from "./compact/retention.js";
import type { SeriesExemplars } from "./head/exemplars.js";
import type { Cardinality } from "./head/lookup.js";
import type { Slab } from "./head/memory.js";
import type { TsdbOptions } from "./options.js";
import { pauses } from "./pause.js";
import type { TsdbIntake, TsdbStats } from "./stats.js";
import { openTsdb, type TimeRange, type Tsdb } from "./tsdb.js";
import type { LeasedView, ViewBlock } from "./view/database.js";
import type { TimedSelection } from "./view/head-view.js";
import { WaitingBatches, type WaitingCounters, type WaitingLimits, waitingLimits } from "./waiting.js";
import type { WalWatcher, WatchOptions } from "./wal/watcher.js";

/** The log is still replayed. The text is Prometheus'. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
  constructor() {
    super("TSDB not ready");
  }
}

export interface OpeningOptions extends TsdbOptions {
  readonly limits?: WaitingLimits;
  /** Told of each waiting batch that the storage refused in the end. */
  readonly onBatchRefused?: (error: unknown) => void;
}

/** So long refs that were given out during the replay are translated: stale markers that come later tell nobody anything. */
const translatedMs = 3_600_000;

export class OpeningTsdb implements Tsdb {
  readonly #waiting: WaitingBatches;
  readonly #stop = new AbortController();
  #tsdb: Tsdb | undefined;
  readonly #clock: Clock;
  #openedAt = 0;
  /** What was set during the replay. */
  #retention: Partial<Retention> = {};
  #chunkForm: ChunkForm | undefined;
  #outOfOrderTimeWindowMs: number | undefined;
  #exemplarsMax: number | undefined;
  #staleSeriesThreshold: number | undefined;
  /** Resolves when everything works; rejects as `openTsdb` does. */
  readonly opened: Promise<void>;

  constructor(options: OpeningOptions) {
    this.#waiting = new WaitingBatches(options.limits ?? waitingLimits);
    this.#clock = options.clock ?? systemClock;
    this.opened = this.#open(options);
  }

  async #open(options: OpeningOptions): Promise<void> {
    const signals = options.signal ? [this.#stop.signal, options.signal] : [this.#stop.signal];
    const tsdb = await openTsdb({ ...options, signal: AbortSignal.any(signals) });
    if (this.#outOfOrderTimeWindowMs !== undefined) tsdb.setOutOfOrderTimeWindow(this.#outOfOrderTimeWindowMs);
    await this.#waiting.release(tsdb, {
      pause: pauses(),
      onRefused: options.onBatchRefused ?? (() => undefined),
      // Not behind an await: a batch that came in between would wait for ever.
      onReleased: () => {
        this.#tsdb = tsdb;
      },
    });
    this.#openedAt = this.#clock.now();
    tsdb.setRetention(this.#retention);
    if (this.#chunkForm) tsdb.setChunkForm(this.#chunkForm);
    if (this.#exemplarsMax !== undefined) tsdb.setExemplarsMax(this.#exemplarsMax);
    if (this.#staleSeriesThreshold !== undefined) tsdb.setStaleSeriesThreshold(this.#staleSeriesThreshold);
  }

  get isReady(): boolean {
    return this.#tsdb !== undefined;
  }

  get waiting(): Readonly<WaitingCounters> {
    return this.#waiting.counters;
  }

  get #ready(): Tsdb {
    if (!this.#tsdb) throw new NotReadyError();
    return this.#tsdb;
  }

  appender(): Appender {
    if (!this.#tsdb) return this.#waiting.appender();
    const appender = this.#tsdb.appender();
    return this.#waiting.hasRefs ? this.#waiting.translated(appender) : appender;
  }

  querier(range: TimeRange): Querier {
    return this.#ready.querier(range);
  }

  exemplars(range: TimeRange, matcherSets: readonly (readonly Matcher[])[]): SeriesExemplars[] {
    return this.#ready.exemplars(range, matcherSets);
  }

  stats(): TsdbStats {
    return this.#ready.stats();
  }

  intake(): TsdbIntake {
    return this.#tsdb?.intake() ?? { samples: 0, histograms: 0, exemplars: 0, highestTime: 0 };
  }

  async cardinality(limit: number): Promise<Cardinality> {
    return this.#ready.cardinality(limit);
  }

  async labelValues(name: string, range: TimeRange, signal?: AbortSignal): Promise<string[]> {
    return this.#ready.labelValues(name, range, signal);
  }

  metadataOf(ref: SeriesRef): Metadata | undefined {
    return this.#ready.metadataOf(ref);
  }

  async compact(): Promise<void> {
    if (this.#tsdb && this.#clock.now() - this.#openedAt >= translatedMs) this.#waiting.forgetRefs();
    await this.#ready.compact();
  }

  async deleteSeries(matchers: readonly Matcher[], range: TimeRange): Promise<void> {
    await this.#ready.deleteSeries(matchers, range);
  }

  async cleanTombstones(): Promise<void> {
    await this.#ready.cleanTombstones();
  }

  async snapshot(folder: string, options: { readonly withHead: boolean }): Promise<void> {
    await this.#ready.snapshot(folder, options);
  }

  setRetention(retention: Partial<Retention>): void {
    this.#retention = { ...this.#retention, ...retention };
    this.#tsdb?.setRetention(retention);
  }

  setChunkForm(form: ChunkForm): void {
    this.#chunkForm = form;
    this.#tsdb?.setChunkForm(form);
  }

  setOutOfOrderTimeWindow(windowMs: number): void {
    this.#outOfOrderTimeWindowMs = windowMs;
    this.#tsdb?.setOutOfOrderTimeWindow(windowMs);
  }

  setStaleSeriesThreshold(share: number): void {
    this.#staleSeriesThreshold = share;
    this.#tsdb?.setStaleSeriesThreshold(share);
  }

  setExemplarsMax(exemplarsMax: number): void {
    this.#exemplarsMax = exemplarsMax;
    this.#tsdb?.setExemplarsMax(exemplarsMax);
  }

  blocks(): BlockMeta[] {
    return this.#ready.blocks();
  }

  async view(selections: readonly TimedSelection[], signal?: AbortSignal): Promise<LeasedView> {
    return this.#ready.view(selections, signal);
  }

  seriesCount(selection: TimedSelection, postingsMax: number): number | undefined {
    return this.#ready.seriesCount(selection, postingsMax);
  }

  viewBlocks(): ViewBlock[] {
    return this.#ready.viewBlocks();
  }

  slabs(first: number): Slab[] {
    return this.#ready.slabs(first);
  }

  watchWal(options: WatchOptions): WalWatcher {
    return this.#ready.watchWal(options);
  }

  /** Ends the replay if it still goes on; what waits is then lost, as if it had not been scraped. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("closed during the replay of the log"));
    // The failure is for those who await `opened`.
    await this.opened.catch(() => undefined);
    await this.#tsdb?.close();
  }
}
