// What the metric types offer alike for their series, one for each combination of label values.
// Goes to: counter, gauge, histogram, summary.
import type { MetricFamily } from "@narthex/formats";
import type { Labels } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { Children, type Declaration, declare, joinRegistries, type LabelValues, type MetricOptions } from "./metric.js";
import type { Metric } from "./registry.js";

type FamilyHead = Pick<MetricFamily, "name" | "help"> & { readonly unit?: string };

/** What makes a type of metrics. */
export type MetricKind<Child> = {
  /** The label that the type itself uses. */
  readonly reserved?: "le" | "quantile";
  readonly create: (labels: Labels, clock: Clock) => Child;
  readonly family: (head: FamilyHead, children: readonly Child[]) => MetricFamily;
};

export class LabelledMetric<Name extends string, Child> implements Metric {
  readonly name: string;
  readonly #declaration: Declaration;
  readonly #children: Children<Child>;
  readonly #kind: MetricKind<Child>;
  readonly #collect: MetricOptions<Name, never>["collect"];

  constructor(options: MetricOptions<Name, never>, kind: MetricKind<Child>) {
    this.#declaration = declare(options, kind.reserved);
    this.name = options.name;
    this.#collect = options.collect;
    this.#kind = kind;
    const { clock, labelNames } = this.#declaration;
    this.#children = new Children(labelNames, (labels) => kind.create(labels, clock));
    joinRegistries(this, options.registers);
  }

  /** The series with these values, which may be kept. */
  labels(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): Child {
    return this.#children.at(values);
  }

  /** The series for the labels of a call that may have none. */
  protected child(labels: LabelValues<Name> | undefined): Child {
    return labels === undefined ? this.#children.only() : this.#children.at([labels]);
  }

  remove(...values: readonly (string | number)[] | readonly [LabelValues<Name>]): void {
    this.#children.remove(values);
  }

  reset(): void {
    this.#children.clear();
  }

  collect(): void | Promise<void> {
    // Declared by the type of metrics that `this` is.
    return this.#collect?.call(this as never);
  }

  family(): MetricFamily {
    const { name, help, unit } = this.#declaration;
    return this.#kind.family({ name, help, ...(unit === undefined ? {} : { unit }) }, this.#children.all());
  }
}
