// What every metric type shares: its declaration, and the table of children, one per combination of label values.
// A child is bound to its values once and then costs no look-up: `const ok = requests.labels("200"); ok.inc()`.
import { type Labels, labelsFromEntries } from "@narthex/model";
import { type Clock, systemClock } from "@narthex/stdx";
import { MetricError, requireLabelNames, requireMetricName } from "./names.js";
import { type Metric, type Registry, register } from "./registry.js";

/** Values for all label names of a metric. */
export type LabelValues<Name extends string> = Readonly<Record<Name, string | number>>;

/** One value, or a record of all. */
export type LabelArgument = string | number | LabelValues<string>;

export interface MetricOptions<Name extends string, Self> {
  readonly name: string;
  readonly help: string;
  /** OpenMetrics' unit; the name has to end with it. */
  readonly unit?: string;
  readonly labelNames?: readonly Name[];
  /** Registries to join; the default one if left out. */
  readonly registers?: readonly Registry[];
  /** Runs before every exposition, to set values that are read from elsewhere. */
  readonly collect?: (this: Self) => void | Promise<void>;
}

export interface Declaration {
  readonly name: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly labelNames: readonly string[];
  readonly clock: Clock;
}

/** Checks a declaration. `reserved`: the label that the type itself uses. */
export function declare<Name extends string, Self>(
  options: MetricOptions<Name, Self>,
  reserved?: "le" | "quantile",
): Declaration {
  const labelNames = options.labelNames ?? [];
  requireMetricName(options.name);
  if (!options.help) throw new MetricError("Missing mandatory help parameter");
  requireLabelNames(labelNames, reserved);
  const clock = options.registers?.[0]?.clock ?? systemClock;
  return { name: options.name, help: options.help, unit: options.unit, labelNames, clock };
}

export function joinRegistries(metric: Metric, registers: readonly Registry[] = [register]): void {
  for (const registry of registers) registry.registerMetric(metric);
}

/** Children by label values. A metric without label names has one child from the start. */
export class Children<Child> {
  readonly #names: readonly string[];
  readonly #create: (labels: Labels) => Child;
  readonly #children: Map<string, Child> = new Map();
  #only: Child | undefined;

  constructor(names: readonly string[], create: (labels: Labels) => Child) {
    this.#names = names;
    this.#create = create;
    this.clear();
  }

  /** The child of a metric without labels. */
  only(): Child {
    if (this.#only === undefined) throw new MetricError(`Missing values for label names: ${this.#names.join(", ")}`);
    return this.#only;
  }

  /** The child for a record, or for values in the order of the label names; made where there is none. */
  at(values: readonly LabelArgument[]): Child {
    const ordered = this.#ordered(values);
    if (ordered.length === 0) return this.only();
    const key = keyOf(ordered);
    let child = this.#children.get(key);
    if (child === undefined) {
      child = this.#create(labelsFromEntries(this.#names.map((name, i) => [name, ordered[i] as string])));
      this.#children.set(key, child);
    }
    return child;
  }

  remove(values: readonly LabelArgument[]): void {
    this.#children.delete(keyOf(this.#ordered(values)));
  }

  clear(): void {
    this.#children.clear();
    this.#only = this.#names.length === 0 ? this.#create(labelsFromEntries([])) : undefined;
  }

  all(): Child[] {
    return this.#only === undefined ? [...this.#children.values()] : [this.#only];
  }

  #ordered(values: readonly LabelArgument[]): string[] {
    const [first] = values;
    if (values.length === 1 && typeof first === "object") return this.#orderedRecord(first);
    if (values.length !== this.#names.length) {
      const given = `${values.length}: "${values.map(String).join(", ")}"`;
      throw new MetricError(`Invalid number of arguments (${given}) for label names (${this.#names.join(", ")})`);
    }
    return values.map(String);
  }

  #orderedRecord(record: LabelValues<string>): string[] {
    for (const name of Object.keys(record)) {
      if (!this.#names.includes(name)) {
        throw new MetricError(`Added label "${name}" is not included in initial labelset: ${this.#names.join(", ")}`);
      }
    }
    // A label left out is an empty one, which Prometheus takes as none.
    return this.#names.map((name) => String(record[name] ?? ""));
  }
}

// Length before value, so that no two combinations share a key.
function keyOf(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = "";
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}

/** Splits prom-client's `method(labels, value)` and `method(value)`. */
export function splitArguments<Name extends string>(
  first: LabelValues<Name> | number | undefined,
  second: number | undefined,
): { labels: LabelValues<Name> | undefined; value: number | undefined } {
  return typeof first === "object" ? { labels: first, value: second } : { labels: undefined, value: first };
}
