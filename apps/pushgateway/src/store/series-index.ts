// What stands in the store by metric name: its type, and who has which series. Lets a push be checked against all other
// groups at the cost of the push alone.
// Prometheus: prometheus/registry.go Gatherers.Gather, whose rules and words these are; there the whole store is
// gathered at every push.
import type { MetricFamily } from "@narthex/formats";
import { type Labels, labelEntries, labelsKey } from "@narthex/model";

type Entry = {
  readonly type: MetricFamily["type"];
  /** Key of the labels → key of the group. */
  readonly series: Map<string, string>;
};

export type Pushed = {
  readonly group: string;
  readonly families: readonly MetricFamily[];
  /** Names whose series in the group go away with the push. */
  readonly replaced: ReadonlySet<string>;
};

export class SeriesIndex {
  readonly #entries: Map<string, Entry> = new Map();
  /** Names and types of the Pushgateway's own metrics, which no push may contradict. */
  readonly #own: () => ReadonlyMap<string, MetricFamily["type"]>;
  seriesCount = 0;

  constructor(own: () => ReadonlyMap<string, MetricFamily["type"]>) {
    this.#own = own;
  }

  add(group: string, family: MetricFamily): void {
    let entry = this.#entries.get(family.name);
    if (entry === undefined) {
      entry = { type: family.type, series: new Map() };
      this.#entries.set(family.name, entry);
    }
    for (const { labels } of family.metrics) {
      const key = labelsKey(labels);
      if (!entry.series.has(key)) this.seriesCount++;
      entry.series.set(key, group);
    }
  }

  remove(group: string, family: MetricFamily): void {
    const entry = this.#entries.get(family.name);
    if (entry === undefined) return;
    for (const { labels } of family.metrics) {
      const key = labelsKey(labels);
      if (entry.series.get(key) !== group) continue;
      entry.series.delete(key);
      this.seriesCount--;
    }
    if (entry.series.size === 0) this.#entries.delete(family.name);
  }

  /** The first thing that does not fit, in Prometheus' words. */
  conflict(pushed: Pushed): string | undefined {
    const own = this.#own();
    const types = new Map(pushed.families.map((family) => [family.name, family.type]));
    const typeOf = (name: string): MetricFamily["type"] | undefined =>
      types.get(name) ?? own.get(name) ?? this.#remainingType(name, pushed);
    for (const family of pushed.families) {
      const problem =
        this.#typeConflict(family, pushed, own) ??
        suffixConflict(family, typeOf) ??
        this.#duplicate(family, pushed) ??
        boundConflict(family);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #typeConflict(
    { name, type }: MetricFamily,
    pushed: Pushed,
    own: ReadonlyMap<string, MetricFamily["type"]>,
  ): string | undefined {
    const standing = own.get(name) ?? this.#remainingType(name, pushed);
    if (standing === undefined || standing === type) return undefined;
    return `gathered metric family ${name} has type ${typeName(type)} but should have ${typeName(standing)}`;
  }

  // The type of what stays when the push replaces its part.
  #remainingType(name: string, { group, replaced }: Pushed): MetricFamily["type"] | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || !replaced.has(name)) return entry?.type;
    for (const owner of entry.series.values()) if (owner !== group) return entry.type;
    return undefined;
  }

  #duplicate(family: MetricFamily, { group, replaced }: Pushed): string | undefined {
    const series = this.#entries.get(family.name)?.series;
    const seen = new Set<string>();
    for (const { labels } of family.metrics) {
      const key = labelsKey(labels);
      const owner = series?.get(key);
      const isTaken = owner !== undefined && !(owner === group && replaced.has(family.name));
      if (isTaken || seen.has(key)) {
        const text = `collected metric ${JSON.stringify(family.name)} { ${printPairs(labels)} }`;
        return `${text} was collected before with the same name and label values`;
      }
      seen.add(key);
    }
    return undefined;
  }
}

/** As in the protocol's enumeration: COUNTER, UNTYPED, … */
export function typeName(type: MetricFamily["type"]): string {
  if (type === "unknown") return "UNTYPED";
  return type === "gaugehistogram" ? "GAUGE_HISTOGRAM" : type.toUpperCase();
}

const partForm = /^(.+)_(sum|count|bucket)$/;

// A summary "s" has series s_sum and s_count, which nobody else may have.
function suffixConflict(
  { name, type }: MetricFamily,
  typeOf: (name: string) => MetricFamily["type"] | undefined,
): string | undefined {
  const [, base = "", suffix] = partForm.exec(name) ?? [];
  const baseType = suffix === undefined ? undefined : typeOf(base);
  if (baseType !== undefined && suffixesOf(baseType).includes(suffix as string)) {
    const kind = suffix === "bucket" ? "histogram" : "histogram or summary";
    return `collected metric named ${JSON.stringify(name)} collides with previously collected ${kind} named ${JSON.stringify(base)}`;
  }
  const taken = suffixesOf(type).find((part) => typeOf(`${name}_${part}`) !== undefined);
  if (taken === undefined) return undefined;
  const kind = taken === "bucket" ? "histogram" : "histogram or summary";
  const other = JSON.stringify(`${name}_${taken}`);
  return `collected ${kind} named ${JSON.stringify(name)} collides with previously collected metric named ${other}`;
}

function suffixesOf(type: MetricFamily["type"]): readonly string[] {
  if (type === "summary") return ["sum", "count"];
  return type === "histogram" || type === "gaugehistogram" ? ["sum", "count", "bucket"] : [];
}

function boundConflict(family: MetricFamily): string | undefined {
  if (family.type !== "summary" && family.type !== "histogram" && family.type !== "gaugehistogram") return undefined;
  for (const metric of family.metrics) {
    const bounds =
      "quantiles" in metric
        ? metric.quantiles.map(({ quantile }) => quantile)
        : metric.buckets.map(({ upperBound }) => upperBound);
    if (new Set(bounds).size === bounds.length) continue;
    return `collected metric ${JSON.stringify(family.name)} { ${printPairs(metric.labels)} } has a bound twice`;
  }
  return undefined;
}

function printPairs(labels: Labels): string {
  return [...labelEntries(labels)]
    .map(([name, value]) => `label:{name:${JSON.stringify(name)} value:${JSON.stringify(value)}}`)
    .join(" ");
}
