// A number that only grows, or starts over.

import type { MetricFamily, ValueMetric } from "@narthex/formats";
import type { Exemplar, Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { type ExemplarLabels, exemplarFrom } from "./exemplar.js";
import {
  Children,
  type Declaration,
  declare,
  joinRegistries,
  type LabelValues,
  type MetricOptions,
  splitArguments,
} from "./metric.js";
import { MetricError, requireNumber } from "./names.js";
import type { Metric } from "./registry.js";

export type CounterOptions<Name extends string> = MetricOptions<Name, Counter<Name>>;

/** One series of a counter. */
export class CounterChild {
  value = 0;
  exemplar: Exemplar | undefined;
  readonly labels: Labels;
  readonly startTime: number;
  readonly #clock: Clock;

  constructor(labels: Labels, clock: Clock) {
    this.labels = labels;
    this.startTime = clock.now();
    this.#clock = clock;
  }

  /** `exemplar`: labels that lead to what was counted, a trace id for instance; shown in OpenMetrics. */
  inc(value: number = 1, exemplar?: ExemplarLabels): void {
    requireNumber(value);
    if (!(value >= 0)) throw new MetricError("It is not possible to decrease a counter");
    if (exemplar !== undefined) this.exemplar = exemplarFrom(exemplar, value, this.#clock);
    this.value += value;
  }
}

export class Counter<Name extends string = string> implements Metric {
  readonly name: string;
  readonly #declaration: Declaration;
  readonly #children: Children<CounterChild>;
  readonly #collect: CounterOptions<Name>["collect"];

  constructor(options: CounterOptions<Name>) {
    this.#declaration = declare(options);
    this.name = options.name;
    this.#collect = options.collect;
    const { clock, labelNames } = this.#declaration;
    this.#children = new Children(labelNames, (labels) => new CounterChild(labels, clock));
    joinRegistries(this, options.registers);
  }

  inc(value?: number): void;
  inc(labels: LabelValues<Name>, value?: number): void;
  inc(first?: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    (labels === undefined ? this.#children.only() : this.#children.at([labels])).inc(value);
  }

  /** The series with these values, which may be kept. */
  labels(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): CounterChild {
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
    const metrics = this.#children.all().map(counterMetric);
    return { name, help, ...(unit === undefined ? {} : { unit }), type: "counter", metrics };
  }
}

function counterMetric({ labels, value, startTime, exemplar }: CounterChild): ValueMetric {
  return { labels, v: value, startTime, exemplar };
}
