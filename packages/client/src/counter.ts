// A number that only grows, or starts over.

import type { ValueMetric } from "@narthex/formats";
import type { Exemplar, Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { type ExemplarLabels, exemplarFrom } from "./exemplar.js";
import { LabelledMetric, type MetricKind } from "./labelled.js";
import { type LabelValues, type MetricOptions, splitArguments } from "./metric.js";
import { MetricError, requireNumber } from "./names.js";

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

const kind: MetricKind<CounterChild> = {
  create: (labels, clock) => new CounterChild(labels, clock),
  family: (head, children) => ({ ...head, type: "counter", metrics: children.map(counterMetric) }),
};

export class Counter<Name extends string = string> extends LabelledMetric<Name, CounterChild> {
  constructor(options: CounterOptions<Name>) {
    super(options, kind);
  }

  inc(value?: number): void;
  inc(labels: LabelValues<Name>, value?: number): void;
  inc(first?: LabelValues<Name> | number, second?: number): void {
    const { labels, value } = splitArguments(first, second);
    this.child(labels).inc(value);
  }
}

function counterMetric({ labels, value, startTime, exemplar }: CounterChild): ValueMetric {
  return { labels, v: value, startTime, exemplar };
}
