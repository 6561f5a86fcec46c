// target_info: what a resource says of itself, as a series that lasts as long as the samples of the resource do.
import type { OtlpPoint } from "@narthex/formats";
import type { Labels, Metadata } from "@narthex/model";
import type { TranslatedSeries } from "./series.js";
import { millisecondsOf } from "./time.js";

/** Earliest and latest time of data points, in µs. */
export class TimeSpan {
  earliestUs: number = Infinity;
  latestUs: number = -Infinity;

  get isEmpty(): boolean {
    return this.earliestUs > this.latestUs;
  }

  addAll(points: readonly OtlpPoint[]): void {
    for (const { timeUs } of points) {
      this.earliestUs = Math.min(this.earliestUs, timeUs);
      this.latestUs = Math.max(this.latestUs, timeUs);
    }
  }
}

/** Of one resource: a data point without a time is one of 1970. Older ones are left out. */
export const targetInfoSamplesMax = 1000;

const metadata: Metadata = { type: "gauge", help: "Target metadata", unit: "" };

/** A sample at the latest time, and before it at half the lookback delta, so that an instant selector finds one always. */
export function targetInfoSeries(labels: Labels, span: TimeSpan, lookbackDeltaMs: number): TranslatedSeries {
  const stepUs = Math.max(1, lookbackDeltaMs / 2) * 1000;
  const { earliestUs, latestUs } = span;
  const steps = Math.ceil((latestUs - earliestUs) / stepUs);
  const skipped = Math.max(0, steps - targetInfoSamplesMax + 1);
  const samples: { t: number; v: number; startTime: number }[] = [];
  for (let i = skipped; i < steps; i++) {
    samples.push({ t: millisecondsOf(earliestUs + i * stepUs), v: 1, startTime: 0 });
  }
  samples.push({ t: millisecondsOf(latestUs), v: 1, startTime: 0 });
  return { labels, samples, histograms: [], exemplars: [], metadata, isDerived: true };
}
