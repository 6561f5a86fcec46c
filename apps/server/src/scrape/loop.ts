// Scrapes one target at its interval: fetch, append, report, one batch per scrape.
// Comes from: scrape/pool. Goes to: the storage. Time stands on a grid: a multiple of the interval plus the target's offset.
import { ParseError } from "@narthex/formats";
import { type Appendable, printDuration } from "@narthex/model";
import { errorText, type Logger } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import type { Tracing } from "../tracing/tracing.js";
import type { FailureLog } from "./failure-log.js";
import { BodyTooLargeError, type Fetched, type FetchRequest, ScrapeError, TargetFetch } from "./fetch.js";
import { BucketLimitError, schemaMaxOf } from "./histograms.js";
import { TargetMetadata } from "./metadata.js";
import type { ScrapeMetrics } from "./metrics.js";
import { ReportSeries } from "./report.js";
import { LabelLimitError, type SampleLabelling } from "./sample-labels.js";
import {
  type AppendCounts,
  type AppendRequest,
  emptyCounts,
  type ReadOptions,
  SampleLimitError,
  type ScrapeBuffers,
  TargetSeries,
} from "./series.js";
import { offsetOf, type Target } from "./target.js";

/** What all loops of a server share. */
export type ScrapeWorld = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly storage: Appendable;
  readonly buffers: ScrapeBuffers;
  readonly metrics: ScrapeMetrics;
  readonly failureLog: FailureLog;
  readonly offsetSeed: bigint;
  /** Milliseconds with a fraction from any start: for durations. */
  readonly stopwatchMs: () => number;
  /** How far from the grid a scrape may start and still carry the grid's time. */
  readonly toleranceMs: number;
  readonly keepsExemplars: boolean;
  /** --enable-feature=created-timestamp-zero-ingestion */
  readonly startsAtZero: boolean;
  /** --enable-feature=st-storage: start times that targets tell are stored with their samples. */
  readonly storesStartTimes: boolean;
  /** --enable-feature=st-synthesis */
  readonly synthesizesStarts: boolean;
  /** --enable-feature=type-and-unit-labels */
  readonly addsTypeAndUnit: boolean;
  /** --enable-feature=extra-scrape-metrics: for all jobs. */
  readonly hasExtraMetrics: boolean;
};

export type TargetHealth = "unknown" | "up" | "down";

export type ScrapeStatus = {
  readonly health: TargetHealth;
  readonly lastError: string;
  /** Start of the last scrape in ms; undefined before the first. */
  readonly lastScrape: number | undefined;
  readonly lastDurationSeconds: number;
};

export type LoopOptions = {
  readonly target: Target;
  readonly request: FetchRequest;
  readonly labelling: SampleLabelling;
  /** Fails every scrape with this text, without asking the target; "" for none. */
  readonly refusal: string;
  /** Of the job. */
  readonly targetCount: number;
  readonly world: ScrapeWorld;
  /** The loop that this one takes over from, after a reload. */
  readonly previous?: ScrapeLoop | undefined;
};

/** What a loop leaves to its successor. */
type Heritage = { readonly series: TargetSeries; readonly metadata: TargetMetadata; readonly status: ScrapeStatus };

export class ScrapeLoop {
  target: Target;
  readonly metadata: TargetMetadata;
  status: ScrapeStatus = { health: "unknown", lastError: "", lastScrape: undefined, lastDurationSeconds: 0 };
  readonly #options: LoopOptions;
  readonly #read: ReadOptions;
  readonly #series: TargetSeries;
  readonly #report: ReportSeries;
  readonly #toleranceMs: number;
  readonly #intervalLength: ReturnType<ScrapeMetrics["intervalLength"]["labels"]>;
  /** Time of the next scrape. */
  #due = 0;
  #cancel: () => void = () => {};
  readonly #targetFetch: TargetFetch;
  #isStopped = false;

  constructor(options: LoopOptions) {
    const { target, request, world, previous } = options;
    const heritage = previous?.bequeath(options);
    this.target = target;
    this.#options = options;
    this.#read = readOptionsOf(options);
    this.#series = heritage?.series ?? new TargetSeries(world.buffers);
    this.metadata = heritage?.metadata ?? new TargetMetadata();
    if (heritage) this.status = heritage.status;
    this.#targetFetch = new TargetFetch(target, request);
    this.#intervalLength = world.metrics.intervalLength.labels({ interval: printDuration(target.intervalMs) });
    this.#report = new ReportSeries(target.labels, {
      hasExtraMetrics: world.hasExtraMetrics || request.config.extra_scrape_metrics,
    });
    // Prometheus: scrape.go, ScrapeTimestampTolerance; never more than one per cent of the interval.
    this.#toleranceMs = Math.min(world.toleranceMs, target.intervalMs / 100);
  }

  start(): void {
    const { world, targetCount } = this.#options;
    const { intervalMs } = this.target;
    const now = world.clock.now();
    this.#due = now - (now % intervalMs) + offsetOf(this.target, { seed: world.offsetSeed, targetCount });
    this.#scheduleNext();
  }

  /** Ends the loop at once; a scrape on its way is thrown away. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#targetFetch.abort();
  }

  /**
   * After `stop`, for a target that is gone for good: writes stale markers after two intervals and a bit, time in which
   * another server's scrape or a successor's would show that the series go on. Returns a function that cancels.
   */
  endAfterwards(onEnd: () => void): () => void {
    const { clock } = this.#options.world;
    const t = this.#due;
    const delayMs = t - clock.now() + this.target.intervalMs * 1.1;
    return clock.after(delayMs, () => {
      this.#appendEnd(t);
      onEnd();
    });
  }

  /** For a successor. What the series mean may have changed with the job's config: then only the markers are left to write. */
  bequeath(successor: LoopOptions): Heritage {
    const isSame = meaningKey(this.#options) === meaningKey(successor);
    const series = isSame ? this.#series : new TargetSeries(successor.world.buffers, this.#series.takeLive());
    return { series, metadata: this.metadata, status: this.status };
  }

  #scheduleNext(): void {
    const { clock } = this.#options.world;
    const now = clock.now();
    const { intervalMs } = this.target;
    // A scrape that was due while another ran, or while the process was busy, is missed. One that is two intervals away was
    // not that far before the clock was set back.
    const isOff = this.#due <= now || this.#due - now >= 2 * intervalMs;
    if (isOff) this.#due += (Math.floor((now - this.#due) / intervalMs) + 1) * intervalMs;
    const due = this.#due;
    this.#cancel = clock.after(due - now, () => {
      // A timer may come a millisecond early: what is due then must not be due again when this scrape is over.
      this.#due = due + intervalMs;
      this.#scrape(due).then(
        () => {
          if (!this.#isStopped) this.#scheduleNext();
        },
        // What the storage throws on commit ends no loop, but it is never silent.
        (error: unknown) => {
          this.#options.world.logger.error({ target: this.target.url, err: errorText(error) }, "cannot store scrape");
          if (!this.#isStopped) this.#scheduleNext();
        },
      );
    });
  }

  async #scrape(due: number): Promise<void> {
    const { clock, stopwatchMs } = this.#options.world;
    const now = clock.now();
    const t = Math.abs(now - due) <= this.#toleranceMs ? due : now;
    if (this.status.lastScrape !== undefined) this.#intervalLength.observe((now - this.status.lastScrape) / 1000);
    const start = stopwatchMs();
    const { refusal } = this.#options;
    const fetched = refusal === "" ? await this.#targetFetch.run() : new ScrapeError(refusal);
    try {
      if (!this.#isStopped) this.#store(fetched, { t, start, now });
    } finally {
      if (!(fetched instanceof Error)) fetched.release();
    }
  }

  #store(fetched: Fetched | Error, times: { readonly t: number; readonly start: number; readonly now: number }): void {
    const { storage, metrics, stopwatchMs, buffers } = this.#options.world;
    const counts = emptyCounts();
    const { t } = times;
    let appender = storage.appender();
    const request: AppendRequest = { appender, t, labelling: this.#options.labelling, read: this.#read };
    let failure = fetched instanceof Error ? fetched : undefined;
    if (!(fetched instanceof Error)) {
      if (fetched.warning !== undefined) this.#options.world.logger.warn({ target: this.target.url }, fetched.warning);
      failure = this.#append(fetched, request, counts);
    }
    if (failure) {
      appender.rollback();
      appender = storage.appender();
      // Differs: see docs/compatibility.md#scraping
      this.#series.appendAllStale(appender, t);
    }
    // To the nanosecond: what is below is the noise of floats.
    const durationSeconds = Math.round((stopwatchMs() - times.start) * 1e6) / 1e9;
    this.#report.append(
      appender,
      { rows: buffers.rows, t, counts },
      this.#reportOf(fetched, { failure, counts, durationSeconds }),
    );
    const scrape = { lastScrape: times.now, lastDurationSeconds: durationSeconds };
    try {
      appender.commit();
    } catch (error) {
      // A full disk, or no more room for batches that wait for the replay: whoever looks at the target must see it.
      this.#note(error as Error, scrape);
      throw error;
    }
    if (!failure) {
      this.#series.settle(request);
      if (!(fetched instanceof Error) && fetched.body.length > 0) this.metadata.update(buffers.columns);
    }
    metrics.countSamples(counts);
    if (counts.refused > 0) this.#noteRefused(counts);
    this.#note(failure, scrape);
  }

  #append(fetched: Fetched, request: AppendRequest, counts: AppendCounts): Error | undefined {
    try {
      this.#series.append(fetched, request, counts);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #reportOf(
    fetched: Fetched | Error,
    scrape: { readonly failure: Error | undefined; readonly counts: AppendCounts; readonly durationSeconds: number },
  ): Parameters<ReportSeries["append"]>[2] {
    const { counts, failure, durationSeconds } = scrape;
    const { config } = this.#options.request;
    return {
      isUp: failure === undefined,
      durationSeconds,
      scraped: counts.scraped,
      kept: counts.kept,
      added: counts.added,
      bodyBytes: fetched instanceof Error ? (fetched instanceof BodyTooLargeError ? -1 : 0) : fetched.body.length,
      timeoutSeconds: this.target.timeoutMs / 1000,
      sampleLimit: config.sample_limit,
    };
  }

  #note(failure: Error | undefined, times: Pick<ScrapeStatus, "lastScrape" | "lastDurationSeconds">): void {
    const { metrics, logger, failureLog } = this.#options.world;
    if (failure instanceof BodyTooLargeError) metrics.bodyLimitExceeded.inc();
    if (failure instanceof SampleLimitError) metrics.sampleLimitExceeded.inc();
    if (failure instanceof LabelLimitError) metrics.labelLimitsExceeded.inc();
    if (failure instanceof BucketLimitError) metrics.bucketLimitExceeded.inc();
    const lastError = failure === undefined ? "" : scrapeErrorText(failure);
    const { lastScrape, lastDurationSeconds } = times;
    if (failure) {
      const { url } = this.target;
      const { job_name: jobName, scrape_failure_log_file: file } = this.#options.labelling.config;
      logger.debug({ target: url, err: lastError }, "scrape failed");
      failureLog.write(file, { time: lastScrape ?? 0, error: lastError, jobName, url });
    }
    this.status = { health: failure ? "down" : "up", lastError, lastScrape, lastDurationSeconds };
  }

  #noteRefused({ refused, refusal }: AppendCounts): void {
    const { metrics, logger } = this.#options.world;
    metrics.seriesRefused.inc({ scrape_job: this.#options.labelling.config.job_name }, refused);
    logger.warn({ target: this.target.url, refused, err: refusal }, "new series refused");
  }

  /** Where the storage takes no more, the series end by themselves some minutes later. */
  #appendEnd(t: number): void {
    const { storage, buffers, logger } = this.#options.world;
    try {
      const appender = storage.appender();
      this.#series.appendAllStale(appender, t);
      this.#report.appendStale(appender, { rows: buffers.rows, t });
      appender.commit();
    } catch (error) {
      logger.error({ target: this.target.url, err: errorText(error) }, "cannot store the end of a target's series");
    }
  }
}

/** Equal for loops whose lines mean the same series. */
function meaningKey({ labelling, target }: LoopOptions): string {
  const { targetLabels, config } = labelling;
  const { honor_labels, metric_relabel_configs, metric_name_validation_scheme: scheme } = config;
  const limits = [config.label_limit, config.label_name_length_limit, config.label_value_length_limit];
  return JSON.stringify([targetLabels, honor_labels, metric_relabel_configs, scheme, limits, target.histograms]);
}

function readOptionsOf({ target, labelling, world }: LoopOptions): ReadOptions {
  const { isNative, isConverted, keepsClassic } = target.histograms;
  const { native_histogram_bucket_limit, native_histogram_min_bucket_factor } = labelling.config;
  return {
    rows: {
      nativeHistograms: isNative ? (keepsClassic ? "both" : "only") : "ignore",
      classicHistograms: isConverted ? (keepsClassic ? "both" : "convert") : "keep",
      readsCreated: world.startsAtZero || world.storesStartTimes || world.synthesizesStarts,
    },
    bounds: {
      bucketsMax: native_histogram_bucket_limit,
      schemaMax: schemaMaxOf(native_histogram_min_bucket_factor),
    },
    keepsExemplars: world.keepsExemplars,
    startsAtZero: world.startsAtZero,
    storesStartTimes: world.storesStartTimes,
    synthesizesStarts: world.synthesizesStarts,
  };
}

/** As the targets page shows it. */
function scrapeErrorText(error: Error): string {
  if (error instanceof ParseError) return `${error.message} (line ${error.line}, column ${error.column})`;
  return error instanceof ScrapeError ? error.message : errorText(error);
}
