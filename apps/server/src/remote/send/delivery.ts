// Sends one batch until the remote has it or will not have it: retries with growing pauses, and what becomes too old meanwhile
// is dropped. Comes from: send/shards. Goes to: send/client.
import type { Clock } from "@narthex/stdx";
import type { Batch, Counts, RowKind } from "./batch.js";
import type { StoreOutcome, WriteClient, Written } from "./client.js";
import type { QueueNumbers } from "./numbers.js";
import type { LogLevel } from "./protocol.js";

export type Log = (level: LogLevel, fields: Readonly<Record<string, string | number>>, text: string) => void;

export type DeliveryOptions = {
  readonly client: WriteClient;
  /** The body of a request; not outdated by the next one. */
  readonly encode: (batch: Batch) => Uint8Array;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** 0 for none. */
  readonly sampleAgeMsMax: number;
  readonly clock: Clock;
  readonly numbers: QueueNumbers;
  readonly log: Log;
  /** A row is dropped that waited. */
  readonly onDropped: (series: number, kind: RowKind) => void;
  /** A remote took a batch, or refused it for good; `seconds` are those of the request. */
  readonly onAnswered: (rows: number, seconds: number, outcome: StoreOutcome) => void;
};

/** A batch that a failing remote did not take is told of this often. */
const warnMs = 60_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  #lastWarning = Number.NEGATIVE_INFINITY;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** As ShardsOptions.deliver. `ending`: requests on their way are broken off. */
  async send(batch: Batch, signal: AbortSignal, ending: AbortSignal): Promise<boolean> {
    const { client, encode, minBackoffMs, maxBackoffMs, clock } = this.#options;
    let body: Uint8Array | undefined;
    let backoffMs = minBackoffMs;
    for (let attempt = 0; ; attempt++) {
      if (ending.aborted) return false;
      if (this.#dropOld(batch)) body = undefined;
      if (batch.count === 0) return true;
      const counts = batch.counts();
      body ??= encode(batch);
      const outcome = await this.#attempt(client, { body, attempt, ending, counts });
      if (outcome.kind !== "retry") {
        this.#account(batch, counts, outcome, body.length);
        return true;
      }
      if (ending.aborted) return false;
      this.#noteRetry(counts, outcome);
      if (signal.aborted) return false;
      const waitMs = outcome.retryAfterMs > 0 ? outcome.retryAfterMs : backoffMs;
      await pause(clock, waitMs, [signal, ending]);
      if (signal.aborted) return false;
      backoffMs = Math.min(2 * waitMs, maxBackoffMs);
    }
  }

  #attempt(client: WriteClient, { body, attempt, ending, counts }: Attempt): Promise<StoreOutcome & Timed> {
    const { numbers, clock } = this.#options;
    const started = clock.now();
    numbers.add("samplesTotal", counts.samples);
    numbers.add("histogramsTotal", counts.histograms);
    numbers.add("exemplarsTotal", counts.exemplars);
    return client.store(body, { attempt, signal: ending, counts }).then((outcome) => {
      const seconds = (clock.now() - started) / 1000;
      if (!ending.aborted) numbers.observeDuration(seconds);
      return { ...outcome, seconds };
    });
  }

  /** Whether any was. */
  #dropOld(batch: Batch): boolean {
    const { sampleAgeMsMax, clock, numbers, onDropped } = this.#options;
    if (sampleAgeMsMax === 0) return false;
    const before = batch.count;
    batch.dropOlder(clock.now() - sampleAgeMsMax, (series, kind) => {
      numbers.add(`${kind}sTooOld`, 1);
      onDropped(series, kind);
    });
    return batch.count < before;
  }

  #account(batch: Batch, counts: Counts, outcome: Exclude<StoreOutcome, Retry> & Timed, bytes: number): void {
    const { numbers, log, onAnswered } = this.#options;
    const { written } = outcome;
    const failed = missing(counts, written);
    numbers.add("samplesFailed", failed.samples);
    numbers.add("histogramsFailed", failed.histograms);
    numbers.add("exemplarsFailed", failed.exemplars);
    numbers.add("bytes", bytes);
    numbers.set("highestSentMs", Math.max(numbers.get("highestSentMs"), batch.highestTime()));
    if (outcome.kind === "refused") {
      const fields = { count: counts.samples, exemplarCount: counts.exemplars, histogramCount: counts.histograms };
      log("error", { ...fields, err: outcome.message }, "non-recoverable error");
    } else if (failed.samples + failed.histograms + failed.exemplars > 0) {
      const fields = { samples: failed.samples, histograms: failed.histograms, exemplars: failed.exemplars };
      log("error", fields, "the remote took the request and says that it did not write all of it");
    }
    onAnswered(batch.count, outcome.seconds, outcome);
  }

  #noteRetry(counts: Counts, { message, retryAfterMs }: Retry): void {
    const { numbers, log, clock } = this.#options;
    numbers.add("samplesRetried", counts.samples);
    numbers.add("histogramsRetried", counts.histograms);
    numbers.add("exemplarsRetried", counts.exemplars);
    const now = clock.now();
    const isQuiet = now < this.#lastWarning + warnMs;
    if (!isQuiet) this.#lastWarning = now;
    const after = retryAfterMs > 0 ? { retryAfterMs } : {};
    log(isQuiet ? "debug" : "warn", { err: message, ...after }, "Failed to send batch, retrying");
  }
}

type Attempt = {
  readonly body: Uint8Array;
  readonly attempt: number;
  readonly ending: AbortSignal;
  readonly counts: Counts;
};

type Timed = { readonly seconds: number };
type Retry = StoreOutcome & { readonly kind: "retry" };

function missing(counts: Counts, written: Written): Counts {
  return {
    samples: Math.max(0, counts.samples - written.samples),
    histograms: Math.max(0, counts.histograms - written.histograms),
    exemplars: Math.max(0, counts.exemplars - written.exemplars),
  };
}

/** Ends early when a signal is aborted. */
export function pause(clock: Clock, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    for (const signal of signals) signal.addEventListener("abort", end, { once: true });
    if (signals.some(({ aborted }) => aborted)) end();
  });
}
