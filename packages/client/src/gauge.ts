// A number that goes up and down.

import type { MetricFamily } from "@narthex/formats";
import type { Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import {
  Children,
  type Declaration,
  declare,
  joinRegistries,
  type LabelValues,
  type MetricOptions,
  splitArguments,
} from "./metric.js";
import { requireNumber } from "./names.js";
import type { Metric } from "./registry.js";
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

export class Gauge<Name extends string = string> implements Metric {
  readonly name: string;
  readonly #declaration: Declaration;
  readonly #children: Children<GaugeChild>;
  readonly #collect: GaugeOptions<Name>["collect"];

  constructor(options: GaugeOptions<Name>) {
    this.#declaration = declare(options);
    this.name = options.name;
    this.#collect = options.collect;
    const { clock, labelNames } = this.#declaration;
    this.#children = new Children(labelNames, (labels) => new GaugeChild(labels, clock));
    joinRegistries(this, options.registers);
  }

  set(value: number): void;
  set(labels: LabelValues<Name>, value: number): void;
  set(first: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.#child(labels).set(value as number);
  }

  inc(value?: number): void;
  inc(labels: LabelValues<Name>, value?: number): void;
  inc(first?: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.#child(labels).inc(value);
  }

  dec(value?: number): void;
  dec(labels: LabelValues<Name>, value?: number): void;
  dec(first?: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.#child(labels).dec(value);
  }

  setToCurrentTime(labels?: LabelValues<Name>): void {
    this.#child(labels).setToCurrentTime();
  }

  startTimer(labels?: LabelValues<Name>): () => number {
    return this.#child(labels).startTimer();
  }

  /** The series with these values, which may be kept. */
  labels(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): GaugeChild {
    return this.#children.at(values);
  }

  remove(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): void {
    this.#children.remove(values);
  }

  reset(): void {
    this.#children.clear();
  }

  collect(): void | Promise<void> {
    return this.#collect?.call(this);
  }

  family(): MetricFamily {
    const { name, help, unit } = this.#declaration;
    const metrics = this.#children.all().map(({ labels, value }) => ({ labels, v: value }));
    return { name, help, ...(unit === undefined ? {} : { unit }), type: "gauge", metrics };
  }

  #child(labels: LabelValues<Name> | undefined): GaugeChild {
    return labels === undefined ? this.#children.only() : this.#children.at([labels]);
  }
}
