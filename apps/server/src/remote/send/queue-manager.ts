// The queue of one remote: follows the log, relabels series once, and hands rows to the shards; holds the log's reader back
// while they are full, so that the log is the buffer. Decides every ten seconds how many shards there are.
// Comes from: the log (tsdb's watcher). Goes to: send/shards. Prometheus: storage/remote/queue_manager.go.
import type { SymbolEncoder, WriteEncoder, WriteExemplar, WriteOther, WriteVersion } from "@narthex/formats";
import { customBucketsSchema, type Labels, type Metadata, type RelabelRule } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import type {
  ExemplarRecord,
  HistogramRecord,
  MetadataRecord,
  SampleRows,
  SeriesRecord,
  WalPosition,
  WalSink,
  WalWatcher,
  WatchOptions,
} from "@narthex/tsdb";
import type { QueueConfig } from "../../config/remote-write.js";
import { manyListeners } from "../../many-listeners.js";
import { attachedSeries, type Batch, type RowKind } from "./batch.js";
import type { WriteClient } from "./client.js";
import { Delivery, type Log } from "./delivery.js";
import { desiredShards } from "./desired-shards.js";
import { HeldExemplars } from "./held-exemplars.js";
import type { QueueNumbers } from "./numbers.js";
import type { Begin, Families, Intake } from "./protocol.js";
import { Rate } from "./rate.js";
import { RemoteSeries } from "./series.js";
import { metadataOfSeries } from "./series-metadata.js";
import { Shards } from "./shards.js";

export type QueueOptions = {
  readonly queue: QueueConfig;
  readonly version: WriteVersion;
  readonly sendsExemplars: boolean;
  readonly sendsHistograms: boolean;
  readonly timeoutMs: number;
  readonly externalLabels: Labels;
  readonly rules: readonly RelabelRule[];
  readonly addsTypeAndUnit: boolean;
  readonly client: WriteClient;
  readonly encoders: { readonly first: WriteEncoder; readonly second: SymbolEncoder };
  readonly watch: (options: WatchOptions) => WalWatcher;
  readonly startTime: number;
  readonly from: WalPosition | undefined;
  readonly clock: Clock;
  readonly numbers: QueueNumbers;
  readonly intake: Intake;
  readonly families: () => Families;
  readonly log: Log;
};

/** What is written to the log is seen after this time. */
const pollMs = 200;
/** After a failure to read. */
const pollAgainMs = 5000;
const reshardMs = 10_000;
const tellMs = 1000;

export class QueueManager implements WalSink {
  readonly #options: QueueOptions;
  readonly #series: RemoteSeries;
  readonly #shards: Shards;
  readonly #watcher: WalWatcher;
  readonly #held = new HeldExemplars();
  readonly #ending = manyListeners(new AbortController());
  readonly #out = new Rate();
  readonly #outMs = new Rate();
  readonly #dropped = new Rate();
  readonly #in = new Rate();
  #rowsIn: number;
  #lastSuccess = Number.NEGATIVE_INFINITY;
  #resharding: Promise<void> = Promise.resolve();
  #polling: Promise<void> = Promise.resolve();
  readonly #cancels = new Map<string, () => void>();
  /** No timer starts any more; and no row is taken any more. */
  #isEnding = false;
  #isStopping = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    const { queue, externalLabels, rules, clock, numbers, client, log } = options;
    this.#series = new RemoteSeries({ externalLabels, rules });
    const delivery = new Delivery({
      client,
      encode: (batch) => this.#encode(batch),
      minBackoffMs: queue.min_backoff,
      maxBackoffMs: queue.max_backoff,
      sampleAgeMsMax: queue.sample_age_limit,
      clock,
      numbers,
      log,
      onDropped: (series, kind) => this.#end(series, kind),
      onAnswered: (rows, seconds, { kind }) => {
        this.#out.add(rows);
        this.#outMs.add(1000 * seconds);
        if (kind === "stored") this.#lastSuccess = clock.now();
      },
    });
    this.#shards = new Shards({
      shards: queue.min_shards,
      capacity: queue.capacity,
      batchRowsMax: queue.max_samples_per_send,
      deadlineMs: queue.batch_send_deadline,
      clock,
      deliver: (batch, signal) => delivery.send(batch, signal, this.#ending.signal),
      onDone: (batch) => this.#endAll(batch),
    });
    this.#watcher = options.watch({
      sink: this,
      startTime: options.startTime,
      from: options.from,
      onCorruption: (error) => log("error", { err: error.message }, "passed over damage in the log"),
    });
    this.#rowsIn = options.intake.rows;
    numbers.set("shards", queue.min_shards);
    numbers.set("shardsDesired", queue.min_shards);
  }

  start(): void {
    this.#poll();
    this.#repeat("reshard", reshardMs, () => this.#reshard());
    this.#repeat("tell", tellMs, () => this.#tell());
  }

  /** Where the next queue of this remote is to begin; undefined where nothing was read. */
  get begin(): Begin | undefined {
    const position = this.#shards.oldestPosition() ?? this.#watcher.end;
    return position && { ...position, startTime: this.#options.startTime };
  }

  /** Reads what is committed and sends it, until the deadline; what is left then is lost. */
  async flush(deadlineMs: number): Promise<void> {
    const { clock, log, numbers } = this.#options;
    this.#isEnding = true;
    this.#endTimers();
    const { signal } = this.#ending;
    const cancel = clock.after(deadlineMs, () => this.#ending.abort());
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await Promise.race([aborted, this.#sendRest()]);
    cancel();
    await this.stop();
    const left = numbers.get("samplesPending") + numbers.get("histogramsPending") + numbers.get("exemplarsPending");
    if (left > 0) log("error", { count: left }, "Failed to flush all samples on shutdown");
  }

  async #sendRest(): Promise<void> {
    await this.#polling;
    await this.#resharding;
    // Where the log cannot be read, what was read is sent at least.
    await this.#watcher.poll().catch(() => undefined);
    await this.#shards.flush();
  }

  /** Ends as soon as may be, requests on their way included; `begin` says where. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    this.#isStopping = true;
    this.#endTimers();
    this.#ending.abort();
    await this.#resharding;
    await this.#shards.stop();
    await this.#watcher.close();
    this.#tell();
    this.#options.client.close();
  }

  /** As `stop`, but requests on their way have some time to be answered. */
  async handOver(graceMs: number): Promise<void> {
    this.#isEnding = true;
    this.#isStopping = true;
    this.#endTimers();
    const cancel = this.#options.clock.after(graceMs, () => this.#ending.abort());
    await this.#resharding;
    await this.#shards.stop();
    cancel();
    await this.stop();
  }

  series(series: readonly SeriesRecord[], segment: number): void {
    this.#series.store(series, segment);
  }

  forgetSeriesBefore(segment: number): void {
    this.#series.forgetBefore(segment);
    // A series that is gone may leave its number to another one.
    this.#options.numbers.add("exemplarsFailed", this.#held.clear());
  }

  metadata(records: readonly MetadataRecord[]): void {
    if (this.#options.version === "io.prometheus.write.v2.Request") this.#series.storeMetadata(records);
  }

  samples(rows: SampleRows): Promise<void> | void {
    return this.#takeSamples(rows, 0);
  }

  histograms(records: readonly HistogramRecord[]): Promise<void> | void {
    if (this.#options.sendsHistograms) return this.#takeOthers(records, histogramOther, 0);
  }

  exemplars(records: readonly ExemplarRecord[]): Promise<void> | void {
    if (!this.#options.sendsExemplars) return;
    if (this.#options.version === "prometheus.WriteRequest") return this.#takeOthers(records, exemplarOther, 0);
    for (const record of records) this.#attach(record);
  }

  /** Version 2 has exemplars with samples only. */
  #attach(record: ExemplarRecord): void {
    const { numbers } = this.#options;
    const series = this.#find(record.ref, "exemplar");
    const exemplar = { ...exemplarOther(record), t: record.t };
    if (series < 0 || this.#isRefused(record.t, exemplar)) return;
    if (this.#shards.attach(series, [exemplar])) numbers.add("exemplarsPending", 1);
    else numbers.add("exemplarsFailed", this.#held.hold(series, exemplar));
  }

  #attachHeld(series: number): void {
    const exemplars = this.#held.take(series);
    if (exemplars.length > 0 && this.#shards.attach(series, exemplars)) {
      this.#options.numbers.add("exemplarsPending", exemplars.length);
    }
  }

  /** The hot one: no allocation per row. */
  #takeSamples(rows: SampleRows, first: number): Promise<void> | void {
    const { numbers } = this.#options;
    const place = { i: first, position: this.#watcher.position };
    const minTime = this.#minTime();
    let taken = 0;
    let highest = numbers.get("highestReadMs");
    for (; place.i < rows.count; place.i++) {
      const series = this.#find(rows.refs[place.i]!, "sample");
      const t = rows.t[place.i]!;
      if (series < 0) continue;
      if (t < minTime) this.#drop("sample", "TooOld");
      else if (this.#shards.addSample(series, rows, place)) {
        this.#series.hold(series);
        if (!this.#held.isEmpty) this.#attachHeld(series);
        taken++;
        if (t > highest) highest = t;
      } else break;
    }
    numbers.add("samplesPending", taken);
    numbers.set("highestReadMs", highest);
    if (place.i < rows.count) return this.#whenRoom(() => this.#takeSamples(rows, place.i));
  }

  #takeOthers<T extends OtherRecord>(
    records: readonly T[],
    otherOf: (record: T) => WriteOther,
    first: number,
  ): Promise<void> | void {
    const { position } = this.#watcher;
    for (let i = first; i < records.length; i++) {
      const record = records[i]!;
      const other = otherOf(record);
      const series = this.#find(record.ref, other.kind);
      if (series < 0 || this.#isRefused(record.t, other)) continue;
      const row = { series, t: record.t, low: 0, high: 0, startTime: record.startTime ?? 0, other };
      if (!this.#shards.add(row, position)) return this.#whenRoom(() => this.#takeOthers(records, otherOf, i));
      this.#series.hold(series);
      if (!this.#held.isEmpty) this.#attachHeld(series);
      this.#options.numbers.add(`${other.kind}sPending`, 1);
    }
  }

  #isRefused(t: number, other: WriteOther): boolean {
    if (t < this.#minTime()) {
      this.#drop(other.kind, "TooOld");
      return true;
    }
    // Version 1 has no field for custom bounds that its receivers agree upon.
    const isFirst = this.#options.version === "prometheus.WriteRequest";
    if (!isFirst || other.kind !== "histogram" || other.histogram.schema !== customBucketsSchema) return false;
    this.#options.numbers.add("histogramsNotSupported", 1);
    this.#dropped.add(1);
    return true;
  }

  async #whenRoom(then: () => Promise<void> | void): Promise<void> {
    if (this.#isStopping) return;
    this.#options.numbers.add("enqueueRetries", 1);
    await this.#shards.room();
    if (!this.#isStopping) await then();
  }

  /** -1 where rows of this series are not sent. */
  #find(ref: number, kind: RowKind): number {
    const series = this.#series.find(ref);
    if (series < 0) this.#drop(kind, "OfUnknownSeries");
    else if (this.#series.isDropped(series)) this.#drop(kind, "OfDroppedSeries");
    else return series;
    return -1;
  }

  #drop(kind: RowKind, reason: "TooOld" | "OfUnknownSeries" | "OfDroppedSeries"): void {
    this.#options.numbers.add(`${kind}s${reason}`, 1);
    this.#dropped.add(1);
  }

  #minTime(): number {
    const { queue, clock } = this.#options;
    return queue.sample_age_limit === 0 ? Number.NEGATIVE_INFINITY : clock.now() - queue.sample_age_limit;
  }

  #end(series: number, kind: RowKind): void {
    if (series !== attachedSeries) this.#series.release(series);
    this.#options.numbers.add(`${kind}sPending`, -1);
  }

  #endAll(batch: Batch): void {
    const { numbers } = this.#options;
    const counts = batch.counts();
    for (let i = 0; i < batch.count; i++) this.#series.release(batch.series[i]!);
    numbers.add("samplesPending", -counts.samples);
    numbers.add("histogramsPending", -counts.histograms);
    numbers.add("exemplarsPending", -counts.exemplars);
  }

  #encode(batch: Batch): Uint8Array {
    const { version, encoders, families, addsTypeAndUnit } = this.#options;
    const { table } = this.#series;
    if (version === "prometheus.WriteRequest") return encoders.first.encode(batch, table).slice();
    const known = families();
    const metadataOf = (series: number): Metadata | undefined =>
      metadataOfSeries(this.#series, series, { families: known, addsTypeAndUnit });
    return encoders.second.encode(batch, table, metadataOf).slice();
  }

  #poll(): void {
    const { log } = this.#options;
    let nextMs = pollMs;
    this.#polling = this.#watcher
      .poll()
      .catch((error: unknown) => {
        nextMs = pollAgainMs;
        log("error", { err: (error as Error).message }, "error tailing WAL");
      })
      .then(() => this.#later("poll", nextMs, () => this.#poll()));
  }

  #repeat(name: string, intervalMs: number, task: () => void): void {
    this.#later(name, intervalMs, () => {
      task();
      this.#repeat(name, intervalMs, task);
    });
  }

  #later(name: string, delayMs: number, task: () => void): void {
    if (!this.#isEnding) this.#cancels.set(name, this.#options.clock.after(delayMs, task));
  }

  #endTimers(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #reshard(): void {
    const { queue, numbers, intake, log, clock, timeoutMs } = this.#options;
    const rowsIn = intake.rows;
    this.#in.add(Math.max(0, rowsIn - this.#rowsIn));
    this.#rowsIn = rowsIn;
    for (const rate of [this.#in, this.#out, this.#outMs, this.#dropped]) rate.tick(reshardMs / 1000);
    const sent = numbers.get("highestSentMs");
    const shards = this.#shards.count;
    const flow = {
      inRate: this.#in.perSecond,
      outRate: this.#out.perSecond,
      droppedRate: this.#dropped.perSecond,
      outSeconds: this.#outMs.perSecond / 1000,
      delaySeconds: sent === 0 ? 0 : Math.max(0, intake.highestTime - sent) / 1000,
      shards,
    };
    const desired = desiredShards(flow, { shardsMin: queue.min_shards, shardsMax: queue.max_shards });
    if (!desired) return;
    numbers.set("shardsDesired", desired.wanted);
    if (desired.shards === shards) return;
    // A request that succeeds may take as long as it is allowed to.
    if (clock.now() - this.#lastSuccess > Math.max(reshardMs, timeoutMs)) {
      log("warn", {}, "Skipping resharding, last successful send was beyond threshold");
      return;
    }
    log("info", { from: shards, to: desired.shards }, "Remote storage resharding");
    this.#resharding = this.#resharding.then(() => this.#shards.reshard(desired.shards));
    void this.#resharding.then(() => numbers.set("shards", this.#shards.count));
  }

  #tell(): void {
    const { numbers } = this.#options;
    const { counters } = this.#watcher;
    numbers.set("segment", this.#watcher.segment);
    numbers.set("segmentsMissed", counters.segmentsMissed);
    numbers.set("corruptions", counters.corruptions);
    numbers.set("series", this.#series.size);
    for (const [type, count = 0] of counters.recordsByType.entries()) numbers.setRecordsRead(type, count);
    const { begin } = this;
    if (begin) numbers.setBegin(begin);
  }
}

type OtherRecord = { readonly ref: number; readonly t: number; readonly startTime?: number };

function histogramOther({ histogram }: HistogramRecord): WriteOther {
  return { kind: "histogram", histogram };
}

function exemplarOther({ labels, v }: ExemplarRecord): WriteExemplar {
  return { kind: "exemplar", labels, v };
}
