// What one query may use: samples held at a time, and time. Asked by every operator for every series.

import { QueryError, SampleLimitError } from "../error.js";

/** What stops a running query: an AbortSignal, or anything that says so. */
export type CancelSignal = { readonly aborted: boolean };

export type BudgetOptions = {
  readonly samplesMax: number;
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly signal: CancelSignal | undefined;
  readonly onRead?: ((samples: number) => void) | undefined;
};

export class Budget {
  readonly #options: BudgetOptions;
  readonly startedAt: number;
  #held = 0;
  peakSamples = 0;
  totalQueryableSamples = 0;
  samplesRead = 0;
  seriesRead = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.startedAt = options.now();
  }

  get samplesMax(): number {
    return this.#options.samplesMax;
  }

  /** Throws when the query was canceled or is out of time. */
  checkpoint(phase = "expression evaluation"): void {
    const { now, signal, timeoutMs } = this.#options;
    if (signal?.aborted) throw new QueryError("canceled", `query was canceled in ${phase}`);
    if (now() - this.startedAt > timeoutMs) throw new QueryError("timeout", `query timed out in ${phase}`);
  }

  /** Counts samples that stay in memory until `release`; throws before there are too many. */
  hold(samples: number): void {
    this.#held += samples;
    if (this.#held > this.peakSamples) this.peakSamples = this.#held;
    if (this.#held > this.#options.samplesMax) throw new SampleLimitError();
  }

  release(samples: number): void {
    this.#held -= samples;
  }

  /** What was read is about to be read again, and counts once. */
  forgetReads(): void {
    this.samplesRead = 0;
    this.seriesRead = 0;
    this.totalQueryableSamples = 0;
  }

  /** Counts the decoded samples of one series, which are in memory only now. */
  read(samples: number): void {
    this.seriesRead++;
    this.samplesRead += samples;
    this.#options.onRead?.(samples);
    this.readAgain(samples);
  }

  /** Counts those of a series that was decoded before, and need not be now. */
  readAgain(samples: number): void {
    this.hold(samples);
    this.release(samples);
  }
}
