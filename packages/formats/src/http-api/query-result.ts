// Query results → the JSON of /api/v1/query and /api/v1/query_range.
// Comes from: promql, whose results satisfy these types as they are. Goes to: the socket.
// `resultType` stands before `result`: Grafana's decoder wants it so.
import type { Histogram, Labels } from "@narthex/model";
import { printFloat } from "@narthex/stdx";
import type { JsonWriter } from "./json-writer.js";

/** Rows 0 … count - 1 of one series, ascending in time (ms); a row is a histogram where `h` holds one. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly count: number;
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly h?: readonly (Histogram | undefined)[] | undefined;
}

export interface VectorPoint {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number;
  readonly h?: Histogram | undefined;
}

export type QueryValue =
  | { readonly type: "matrix"; readonly series: readonly MatrixSeries[] }
  | { readonly type: "vector"; readonly points: readonly VectorPoint[] }
  | { readonly type: "scalar"; readonly t: number; readonly v: number }
  | { readonly type: "string"; readonly t: number; readonly value: string };

/** A populated bucket; `boundaries` 0 is (lower,upper], 1 [lower,upper), 2 (lower,upper), 3 [lower,upper]. */
export interface ApiBucket {
  readonly boundaries: number;
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

export interface ResultOptions {
  /** Buckets of a native histogram, ascending, none empty. Given from above: bucket arithmetic is promql's. */
  readonly bucketsOf: (histogram: Histogram) => readonly ApiBucket[];
}

/** Writes `"resultType":…,"result":…`, the members that stand in `data`. */
export function writeQueryResult(writer: JsonWriter, value: QueryValue, options: ResultOptions): void {
  writer.raw(`"resultType":"${value.type}","result":`);
  switch (value.type) {
    case "matrix":
      writeList(writer, value.series, (series) => writeSeries(writer, series, options));
      break;
    case "vector":
      writeList(writer, value.points, (point) => writePoint(writer, point, options));
      break;
    case "scalar":
      // Prometheus writes scalars without exponents, unlike the values of vectors.
      writer.raw(`[${value.t / 1000},"${printFloat(value.v)}"]`);
      break;
    case "string":
      writer.raw(`[${value.t / 1000},`);
      writer.string(value.value);
      writer.raw("]");
  }
}

function writeList<T>(writer: JsonWriter, items: readonly T[], write: (item: T) => void): void {
  writer.raw("[");
  items.forEach((item, i) => {
    if (i > 0) writer.raw(",");
    write(item);
  });
  writer.raw("]");
}

/** `{"__name__":"up","job":"x"}` */
export function writeLabels(writer: JsonWriter, labels: Labels): void {
  writer.raw("{");
  for (let i = 0; i < labels.length; i += 2) {
    if (i > 0) writer.raw(",");
    writer.string(labels[i] as string);
    writer.raw(":");
    writer.string(labels[i + 1] as string);
  }
  writer.raw("}");
}

function writeHead(writer: JsonWriter, labels: Labels): void {
  writer.raw('{"metric":');
  writeLabels(writer, labels);
}

function writeSeries(writer: JsonWriter, series: MatrixSeries, options: ResultOptions): void {
  writer.ofLabels(series.labels, writeHead);
  if (series.h !== undefined) {
    writeFloatRows(writer, series);
    writeHistogramRows(writer, series, options);
  } else if (series.count > 0) {
    writer.raw(',"values":[');
    writer.rows(series);
    writer.raw("]");
  }
  writer.raw("}");
}

// Of a series that has histograms too: these have a list of their own.
function writeFloatRows(writer: JsonWriter, { count, t, v, h }: MatrixSeries): void {
  let lead = ',"values":[';
  for (let i = 0; i < count; i++) {
    if (h !== undefined && h[i] !== undefined) continue;
    writer.raw(lead);
    lead = ",";
    writer.row(t[i]!, v[i]!);
  }
  if (lead === ",") writer.raw("]");
}

function writeHistogramRows(writer: JsonWriter, { count, t, h }: MatrixSeries, options: ResultOptions): void {
  let lead = ',"histograms":[';
  for (let i = 0; i < count; i++) {
    const histogram = h?.[i];
    if (histogram === undefined) continue;
    writer.raw(`${lead}[`);
    lead = ",";
    writer.time(t[i]!);
    writer.raw(",");
    writeHistogram(writer, histogram, options);
    writer.raw("]");
  }
  if (lead === ",") writer.raw("]");
}

function writePoint(writer: JsonWriter, point: VectorPoint, options: ResultOptions): void {
  writer.ofLabels(point.labels, writeHead);
  if (point.h === undefined) {
    writer.raw(',"value":');
    writer.row(point.t, point.v);
    writer.raw("}");
    return;
  }
  writer.raw(',"histogram":[');
  writer.time(point.t);
  writer.raw(",");
  writeHistogram(writer, point.h, options);
  writer.raw("]}");
}

/** `{"count":"4","sum":"5","buckets":[[0,"0.5","1","3"]]}`; no `buckets` where all are empty. */
function writeHistogram(writer: JsonWriter, histogram: Histogram, { bucketsOf }: ResultOptions): void {
  writer.raw('{"count":');
  writer.float(histogram.count);
  writer.raw(',"sum":');
  writer.float(histogram.sum);
  const buckets = bucketsOf(histogram);
  if (buckets.length > 0) {
    writer.raw(',"buckets":');
    writeList(writer, buckets, (bucket) => writeBucket(writer, bucket));
  }
  writer.raw("}");
}

function writeBucket(writer: JsonWriter, bucket: ApiBucket): void {
  writer.raw(`[${bucket.boundaries},`);
  writer.float(bucket.lower);
  writer.raw(",");
  writer.float(bucket.upper);
  writer.raw(",");
  writer.float(bucket.count);
  writer.raw("]");
}
