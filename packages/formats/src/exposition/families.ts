// Columns → metric families, for those who keep or merge what was exposed rather than store its samples: the
// Pushgateway, textfile collectors. Stricter than a scrape: what does not add up to families is refused.
// Prometheus: expfmt TextParser, whose words the errors use.
import {
  type Exemplar,
  type Histogram,
  type Labels,
  labelsFromSorted,
  labelsKey,
  type MetricType,
  metricNameLabel,
} from "@narthex/model";
import { parseFloatGo } from "@narthex/stdx";
import type { ExpositionColumns } from "./columns.js";
import type { HistogramBucket, MetricFamily, ValueMetric } from "./family.js";
import { ParseError, positionAt } from "./parse-error.js";

/** In order of appearance; families without metrics are left out. Throws ParseError. */
export function familiesFrom(columns: ExpositionColumns): MetricFamily[] {
  const reader = new FamilyReader(columns);
  const { metadata } = columns;
  let next = 0;
  for (let row = 0; row < columns.count; row++) {
    while (next < metadata.count && metadata.rows[next]! <= row) reader.metadata(next++);
    reader.row(row);
  }
  while (next < metadata.count) reader.metadata(next++);
  return reader.families();
}

type OpenMetric = {
  readonly labels: Labels;
  t: number | undefined;
  startTime: number | undefined;
  count: number;
  sum: number;
  readonly quantiles: { quantile: number; v: number }[];
  readonly buckets: HistogramBucket[];
  native: Histogram | undefined;
  /** Of the native histogram; those of buckets stand there. */
  exemplars: readonly Exemplar[] | undefined;
};

type OpenFamily = {
  readonly name: string;
  help: string | undefined;
  type: MetricType | undefined;
  readonly metrics: Map<string, OpenMetric>;
  /** Of value families, whose metrics may be given twice: what to do about it is the caller's. */
  readonly values: ValueMetric[];
};

type Part = "value" | "sum" | "count" | "bucket";

class FamilyReader {
  readonly #columns: ExpositionColumns;
  readonly #families: Map<string, OpenFamily> = new Map();
  readonly #histograms: ReadonlyMap<number, Histogram>;
  readonly #exemplars: ReadonlyMap<number, readonly Exemplar[]>;

  constructor(columns: ExpositionColumns) {
    this.#columns = columns;
    this.#histograms = new Map(columns.histograms.map(({ row, histogram }) => [row, histogram]));
    this.#exemplars = exemplarsByRow(columns);
  }

  metadata(i: number): void {
    const { kind, name, text } = this.#columns.metadataAt(i);
    const family = this.#family(name);
    if (kind === "help") {
      if (family.help !== undefined) throw this.#metadataError(i, `second HELP line for metric name ${quoted(name)}`);
      family.help = text;
    } else if (kind === "type") {
      if (family.type !== undefined) {
        const problem = `second TYPE line for metric name ${quoted(name)}, or TYPE reported after samples`;
        throw this.#metadataError(i, problem);
      }
      family.type = text as MetricType;
    }
  }

  row(row: number): void {
    const columns = this.#columns;
    const { name, labels } = splitName(columns.labelsAt(row));
    const { family, part } = this.#familyOf(name);
    family.type ??= "unknown";
    const v = columns.v[row]!;
    const head = headAt(columns, row);
    const exemplars = this.#exemplars.get(row);
    if (family.type !== "histogram" && family.type !== "gaugehistogram" && family.type !== "summary") {
      family.values.push({ labels, v, ...head, ...ownExemplar(exemplars) });
      return;
    }
    const boundLabel = family.type === "summary" ? "quantile" : "le";
    const { rest, bound } = withoutLabel(labels, boundLabel);
    const metric = openMetric(family, rest);
    Object.assign(metric, head);
    const native = this.#histograms.get(row);
    if (native !== undefined) Object.assign(metric, { native, exemplars });
    else if (part === "sum") metric.sum = v;
    else if (part === "count") metric.count = v;
    else if (bound !== undefined) {
      addBound(metric, { part, bound: this.#bound(row, bound, boundLabel), v, exemplars });
    }
  }

  families(): MetricFamily[] {
    return [...this.#families.values()].map(closeFamily).filter((family) => family.metrics.length > 0);
  }

  #familyOf(name: string): { family: OpenFamily; part: Part } {
    const exact = this.#families.get(name);
    const [, base, suffix] = /^(.+)_(sum|count|bucket)$/.exec(name) ?? [];
    const family = base === undefined ? undefined : this.#families.get(base);
    const isHistogram = family?.type === "histogram" || family?.type === "gaugehistogram";
    const isPart = isHistogram || (family?.type === "summary" && suffix !== "bucket");
    if (exact === undefined && family !== undefined && isPart) return { family, part: suffix as Part };
    return { family: this.#family(name), part: "value" };
  }

  #family(name: string): OpenFamily {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, help: undefined, type: undefined, metrics: new Map(), values: [] };
      this.#families.set(name, family);
    }
    return family;
  }

  #bound(row: number, text: string, label: string): number {
    const bound = parseFloatGo(text);
    if (bound !== undefined) return bound;
    const problem = `expected float as value for '${label}' label, got ${quoted(text)}`;
    throw new ParseError(problem, positionAt(this.#columns.keys, this.#columns.keyStart[row]!));
  }

  #metadataError(i: number, problem: string): ParseError {
    return new ParseError(problem, positionAt(this.#columns.keys, this.#columns.metadata.lineStart[i]!));
  }
}

function exemplarsByRow(columns: ExpositionColumns): ReadonlyMap<number, readonly Exemplar[]> {
  const byRow = new Map<number, Exemplar[]>();
  for (const exemplar of columns.exemplars) {
    const { row, v, t } = exemplar;
    const read = { labels: columns.exemplarLabels(exemplar), v, t: Number.isNaN(t) ? undefined : t };
    byRow.set(row, [...(byRow.get(row) ?? []), read]);
  }
  return byRow;
}

// The one of a counter or a bucket.
function ownExemplar(exemplars: readonly Exemplar[] | undefined): { exemplar?: Exemplar } {
  const [exemplar] = exemplars ?? [];
  return exemplar === undefined ? {} : { exemplar };
}

function headAt(columns: ExpositionColumns, row: number): { t?: number; startTime?: number } {
  const t = columns.t[row]!;
  const startTime = columns.startTimes.get(row);
  return { ...(Number.isNaN(t) ? {} : { t }), ...(startTime === undefined ? {} : { startTime }) };
}

function openMetric(family: OpenFamily, labels: Labels): OpenMetric {
  const key = labelsKey(labels);
  let metric = family.metrics.get(key);
  if (metric === undefined) {
    const counts = { count: 0, sum: 0, native: undefined, exemplars: undefined };
    metric = { labels, t: undefined, startTime: undefined, ...counts, quantiles: [], buckets: [] };
    family.metrics.set(key, metric);
  }
  return metric;
}

type BoundRow = {
  readonly part: Part;
  readonly bound: number;
  readonly v: number;
  readonly exemplars: readonly Exemplar[] | undefined;
};

function addBound(metric: OpenMetric, { part, bound, v, exemplars }: BoundRow): void {
  if (part === "bucket") metric.buckets.push({ upperBound: bound, cumulativeCount: v, ...ownExemplar(exemplars) });
  else if (part === "value") metric.quantiles.push({ quantile: bound, v });
}

function closeFamily({ name, help, type, metrics, values }: OpenFamily): MetricFamily {
  const head = { name, help };
  if (type === "summary") {
    const closed = [...metrics.values()].map(({ count, sum, quantiles, ...metric }) => ({
      ...closeHead(metric),
      count,
      sum,
      quantiles: quantiles.sort((a, b) => a.quantile - b.quantile),
    }));
    return { ...head, type, metrics: closed };
  }
  if (type === "histogram" || type === "gaugehistogram") {
    const closed = [...metrics.values()].map(({ count, sum, buckets, native, exemplars, ...metric }) => ({
      ...closeHead(metric),
      count,
      sum,
      buckets: buckets.sort((a, b) => a.upperBound - b.upperBound),
      ...(native === undefined ? {} : { native }),
      ...(exemplars === undefined ? {} : { exemplars }),
    }));
    return { ...head, type, metrics: closed };
  }
  return { ...head, type: type ?? "unknown", metrics: values };
}

type ClosedHead = { labels: Labels; t?: number; startTime?: number };

function closeHead({ labels, t, startTime }: Pick<OpenMetric, "labels" | "t" | "startTime">): ClosedHead {
  return { labels, ...(t === undefined ? {} : { t }), ...(startTime === undefined ? {} : { startTime }) };
}

function splitName(all: Labels): { name: string; labels: Labels } {
  const { rest, bound } = withoutLabel(all, metricNameLabel);
  return { name: bound ?? "", labels: rest };
}

function withoutLabel(labels: Labels, name: string): { rest: Labels; bound: string | undefined } {
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] !== name) continue;
    return { rest: labelsFromSorted([...labels.slice(0, i), ...labels.slice(i + 2)]), bound: labels[i + 1] };
  }
  return { rest: labels, bound: undefined };
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
