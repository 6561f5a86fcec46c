// Delimited io.prometheus.client.MetricFamily messages → columns.
// Comes from: scrape/fetch. Goes to: scrape/append.
// A family is read twice: first its head, since its type decides how metrics are named, then its metrics.
import type { Histogram, MetricType } from "@narthex/model";
import { ByteRangeError, encodeUtf8, isValidUtf8 } from "@narthex/stdx";
import { ProtoReader } from "../protobuf/reader.js";
import { pushMetadata } from "./metadata.js";
import { ParseError } from "./parse-error.js";
import { type ProtoExemplar, readExemplar, readTimestamp } from "./protobuf-fields.js";
import { type ProtoHistogram, readHistogram } from "./protobuf-histogram.js";
import { type KeyName, type KeyWriter, keyNameOf, printPairs } from "./protobuf-keys.js";
import { customHistogramIfSound } from "./reshape.js";
import { appendRow, assignSlots, type RowOptions, type Sink } from "./sink.js";

const types: readonly MetricType[] = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

interface Family {
  readonly name: KeyName;
  readonly type: MetricType;
}

/** Throws ParseError, whose column is a byte of the body; what `sink` holds is then to be thrown away with the body. */
export function parseProtobuf(bytes: Uint8Array, sink: Sink): void {
  const page = new Page(sink);
  const body = new ProtoReader(bytes);
  try {
    while (body.nextDelimited()) parseFamily(body.bytes, { start: body.contentStart, end: body.contentEnd }, page);
  } catch (error) {
    if (!(error instanceof ByteRangeError)) throw error;
    throw new ParseError(error.message, { line: 1, column: error.offset + 1 });
  }
  page.close();
}

function parseFamily(bytes: Uint8Array, range: { start: number; end: number }, page: Page): void {
  const family = readHead(new ProtoReader(bytes, range.start, range.end), page);
  const reader = new ProtoReader(bytes, range.start, range.end);
  while (reader.next()) if (reader.field === 4) parseMetric(reader.message(), family, page);
}

function readHead(reader: ProtoReader, page: Page): Family {
  let name = "";
  let help: string | undefined;
  let unit = "";
  let type: MetricType = "counter";
  while (reader.next()) {
    if (reader.field === 1) name = textOf(reader);
    else if (reader.field === 2) help = textOf(reader);
    else if (reader.field === 3) type = typeOf(reader);
    else if (reader.field === 5) unit = textOf(reader);
  }
  if (name === "") throw new ByteRangeError("invalid metric name: empty", reader.end);
  if (help !== undefined) page.metadata("help", name, help);
  page.metadata("type", name, type);
  if (unit !== "") page.metadata("unit", name, unit);
  return { name: keyNameOf(name), type };
}

function typeOf(reader: ProtoReader): MetricType {
  const type = types[reader.unsigned()];
  if (type === undefined) throw new ByteRangeError("unknown metric type", reader.offset);
  return type;
}

function textOf(reader: ProtoReader): string {
  const text = reader.text();
  if (!isValidUtf8(reader.bytes.subarray(reader.contentStart, reader.contentEnd))) {
    throw new ByteRangeError("text is not valid UTF-8", reader.contentStart);
  }
  return text;
}

/** Name and timestamp of the metric at hand, whose labels the page has. */
interface MetricHead {
  readonly name: KeyName;
  readonly t: number;
}

function parseMetric(reader: ProtoReader, family: Family, page: Page): void {
  let t = NaN;
  let value: ProtoReader | undefined;
  page.keys.beginPairs();
  while (reader.next()) {
    if (reader.field === 1) page.keys.pair(reader.message());
    else if (reader.field === 6) t = reader.signed();
    else if (reader.field <= 7) value = reader.message();
  }
  if (value === undefined) return;
  const head = { name: family.name, t };
  if (family.type === "summary") parseSummary(value, head, page);
  else if (family.type === "histogram" || family.type === "gaugehistogram")
    parseHistogram(value, head, { family, page });
  else parseValue(value, head, page);
}

// Counter, Gauge and Untyped alike: value 1; of a counter, exemplar 2 and creation 3.
function parseValue(reader: ProtoReader, head: MetricHead, page: Page): void {
  let v = 0;
  let exemplar: ProtoExemplar | undefined;
  let startTime = NaN;
  while (reader.next()) {
    if (reader.field === 1) v = reader.double();
    else if (reader.field === 2) exemplar = readExemplar(reader.message());
    else if (reader.field === 3) startTime = readTimestamp(reader.message());
  }
  const row = page.row(head, { suffix: suffixes.none, v });
  if (exemplar !== undefined) page.exemplar(row, exemplar);
  page.startTime(row, startTime);
}

function parseSummary(reader: ProtoReader, head: MetricHead, page: Page): void {
  let count = 0;
  let sum = 0;
  let startTime = NaN;
  const quantiles: { rank: number; v: number }[] = [];
  while (reader.next()) {
    if (reader.field === 1) count = reader.unsigned();
    else if (reader.field === 2) sum = reader.double();
    else if (reader.field === 3) quantiles.push(readQuantile(reader.message()));
    else if (reader.field === 4) startTime = readTimestamp(reader.message());
  }
  page.startTime(page.row(head, { suffix: suffixes.count, v: count }), startTime);
  page.startTime(page.row(head, { suffix: suffixes.sum, v: sum }), startTime);
  for (const { rank, v } of quantiles) {
    const bound = page.keys.bound("quantile", rank);
    page.startTime(page.row(head, { suffix: suffixes.none, v, bound }), startTime);
  }
}

function readQuantile(reader: ProtoReader): { rank: number; v: number } {
  let rank = 0;
  let v = 0;
  while (reader.next()) {
    if (reader.field === 1) rank = reader.double();
    else if (reader.field === 2) v = reader.double();
  }
  return { rank, v };
}

function parseHistogram(reader: ProtoReader, head: MetricHead, context: { family: Family; page: Page }): void {
  const { family, page } = context;
  const histogram = readHistogram(reader, family.type === "gaugehistogram" ? "gauge" : "counter");
  const { count, sum, startTime } = histogram;
  const { nativeHistograms, classicHistograms } = page.options;
  if (histogram.native !== undefined && nativeHistograms !== "ignore") {
    pushNative(page, head, { histogram, native: histogram.native });
    if (nativeHistograms !== "both") return;
  } else if (classicHistograms !== "keep" && family.type === "histogram") {
    const native = customHistogramOf(histogram);
    if (native !== undefined) pushNative(page, head, { histogram, native });
    if (classicHistograms !== "both") return;
  }
  page.startTime(page.row(head, { suffix: suffixes.count, v: count }), startTime);
  page.startTime(page.row(head, { suffix: suffixes.sum, v: sum }), startTime);
  const buckets = [...histogram.buckets];
  if (buckets.at(-1)?.upperBound !== Infinity) {
    buckets.push({ upperBound: Infinity, cumulativeCount: count, exemplar: undefined });
  }
  for (const bucket of buckets) {
    const bound = page.keys.bound("le", bucket.upperBound);
    const row = page.row(head, { suffix: suffixes.bucket, v: bucket.cumulativeCount, bound });
    if (bucket.exemplar !== undefined) page.exemplar(row, bucket.exemplar);
    page.startTime(row, startTime);
  }
}

interface NativeRow {
  readonly histogram: ProtoHistogram;
  readonly native: Histogram;
}

function pushNative(page: Page, head: MetricHead, { histogram, native }: NativeRow): void {
  const row = page.row(head, { suffix: suffixes.none, v: histogram.sum });
  page.histogram(row, native);
  page.startTime(row, histogram.startTime);
  const exemplars = histogram.exemplars.length > 0 ? histogram.exemplars : bucketExemplars(histogram.buckets);
  for (const exemplar of exemplars) page.exemplar(row, exemplar);
}

function customHistogramOf({ buckets, count, sum }: ProtoHistogram): Histogram | undefined {
  const classic = buckets.map(({ upperBound, cumulativeCount }) => ({ upperBound, count: cumulativeCount }));
  return customHistogramIfSound({ buckets: classic, count, sum });
}

function bucketExemplars(buckets: readonly { readonly exemplar: ProtoExemplar | undefined }[]): ProtoExemplar[] {
  return buckets.map((bucket) => bucket.exemplar).filter((exemplar) => exemplar !== undefined);
}

const suffixes = {
  none: new Uint8Array(0),
  count: encodeUtf8("_count"),
  sum: encodeUtf8("_sum"),
  bucket: encodeUtf8("_bucket"),
} as const;

interface RowValue {
  readonly suffix: Uint8Array;
  readonly v: number;
  readonly bound?: Uint8Array;
}

/** The rows while they are written; their keys become the columns' bytes at the end. */
class Page {
  readonly options: Required<Pick<RowOptions, "nativeHistograms" | "classicHistograms">>;
  readonly #sink: Sink;
  readonly #rows: Sink;
  readonly keys: KeyWriter;

  constructor(sink: Sink) {
    this.#sink = sink;
    this.keys = sink.into.keyWriter;
    this.#rows = { into: sink.into, cache: undefined };
    const { nativeHistograms = "only", classicHistograms = "keep" } = sink;
    this.options = { nativeHistograms, classicHistograms };
    sink.into.metadata.hasQuoteEscapes = true;
  }

  metadata(kind: "help" | "type" | "unit", name: string, text: string): void {
    pushMetadata(this.#sink.into, this.keys.metadata(kind, name, text));
  }

  row(head: MetricHead, value: RowValue): number {
    const { into } = this.#sink;
    this.keys.row(head.name, value.suffix, value.bound);
    const row = appendRow(this.#rows, this.keys.start, this.keys.end, false);
    into.v[row] = value.v;
    into.t[row] = head.t;
    if (!Number.isNaN(head.t)) into.hasTimestamps = true;
    return row;
  }

  exemplar(row: number, exemplar: ProtoExemplar): void {
    const { start, end } = this.keys.exemplar(printPairs(exemplar.labels));
    const { v, t } = exemplar;
    this.#sink.into.exemplars.push({ row, labelsStart: start, labelsEnd: end, v, t });
  }

  histogram(row: number, histogram: Histogram): void {
    this.#sink.into.histograms.push({ row, histogram });
  }

  startTime(row: number, startTime: number): void {
    if (!Number.isNaN(startTime)) this.#sink.into.startTimes.set(row, startTime);
  }

  close(): void {
    this.#sink.into.keys = this.keys.bytes();
    if (this.#sink.cache !== undefined) assignSlots(this.#sink.into, this.#sink.cache);
  }
}
