// A number that goes up and down.

import type { Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { LabelledMetric, type MetricKind } from "./labelled.js";
import { type LabelValues, type MetricOptions, splitArguments } from "./metric.js";
import { requireNumber } from "./names.js";
import { startStopwatch } from "./stopwatch.js";

export type GaugeOptions<Name extends string> = MetricOptions<Name, Gauge<Name>>;

/** One series of a gauge. */
export class GaugeChild {
  value = 0;
  readonly labels: Labels;
  readonly #clock: Clock;

  constructor(labels: Labels, clock: Clock) {
    this.labels = labels;
    this.#clock = clock;
  }

  set(value: number): void {
    requireNumber(value);
    this.value = value;
  }

  inc(value: number = 1): void {
    requireNumber(value);
    this.value += value;
  }

  dec(value: number = 1): void {
    requireNumber(value);
    this.value -= value;
  }

  /** Seconds since 1970. */
  setToCurrentTime(): void {
    this.value = this.#clock.now() / 1000;
  }

  /** Returns a function that sets the gauge to the seconds since, and returns them. */
  startTimer(): () => number {
    const stop = startStopwatch();
    return () => {
      const seconds = stop();
      this.set(seconds);
      return seconds;
    };
  }
}

const kind: MetricKind<GaugeChild> = {
  create: (labels, clock) => new GaugeChild(labels, clock),
  family: (head, children) => ({
    ...head,
    type: "gauge",
    metrics: children.map(({ labels, value }) => ({ labels, v: value })),
  }),
};

export class Gauge<Name extends string = string> extends LabelledMetric<Name, GaugeChild> {
  constructor(options: GaugeOptions<Name>) {
    super(options, kind);
  }

  set(value: number): void;
  set(labels: LabelValues<Name>, value: number): void;
  set(first: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.child(labels).set(value as number);
  }

  inc(value?: number): void;
  inc(labels: LabelValues<Name>, value?: number): void;
  inc(first?: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.child(labels).inc(value);
  }

  dec(value?: number): void;
  dec(labels: LabelValues<Name>, value?: number): void;
  dec(first?: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.child(labels).dec(value);
  }

  setToCurrentTime(labels?: LabelValues<Name>): void {
    this.child(labels).setToCurrentTime();
  }

  startTimer(labels?: LabelValues<Name>): () => number {
    return this.child(labels).startTimer();
  }
}
