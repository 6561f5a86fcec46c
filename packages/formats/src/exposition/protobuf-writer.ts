// Metric families → delimited io.prometheus.client.MetricFamily messages: the one format that shows native histograms.
// Comes from: family.ts. Goes to: whoever scrapes us.
import {
  customBucketsSchema,
  type Exemplar,
  type Histogram,
  type Labels,
  type MetricType,
  type Span,
} from "@narthex/model";
import { ByteWriter } from "@narthex/stdx";
import { MessageWriter } from "../protobuf/writer.js";
import { type EscapingScheme, escapeName } from "./escaping.js";
import type { HistogramBucket, HistogramMetric, MetricFamily, SummaryMetric, ValueMetric } from "./family.js";

// Numbers of MetricType; what it has no name for is shown as a gauge.
const typeNumbers: Readonly<Record<MetricType, number>> = {
  counter: 0,
  gauge: 1,
  info: 1,
  stateset: 1,
  summary: 2,
  unknown: 3,
  histogram: 4,
  gaugehistogram: 5,
};

/** Fields of Metric that hold a single value. */
const valueFields: Readonly<Record<"counter" | "gauge" | "info" | "stateset" | "unknown", number>> = {
  gauge: 2,
  info: 2,
  stateset: 2,
  counter: 3,
  unknown: 5,
};

/** The whole body. */
export function encodeProtobufExposition(families: Iterable<MetricFamily>, escaping: EscapingScheme): Uint8Array {
  const body = new ByteWriter(16 * 1024);
  for (const family of families) {
    const message = encodeFamily(family, escaping);
    body.uvarint(message.length);
    body.raw(message);
  }
  return body.bytes();
}

function encodeFamily(family: MetricFamily, escaping: EscapingScheme): Uint8Array {
  const writer = new MessageWriter().text(1, escapeName(family.name, escaping)).text(2, family.help ?? "");
  // Present even where it is 0: readers of proto2 tell apart.
  writer.enumeration(3, typeNumbers[family.type]);
  const labelNames = new Map<string, string>();
  const push = (metric: MetricFamily["metrics"][number], field: number, value: MessageWriter): void => {
    const message = new MessageWriter();
    writeLabels(message, metric.labels, (name) => escapedOnce(labelNames, name, escaping));
    message.message(field, value.finish());
    if (metric.t !== undefined) message.int(6, Math.trunc(metric.t));
    writer.message(4, message.finish());
  };
  switch (family.type) {
    case "summary":
      for (const metric of family.metrics) push(metric, 4, encodeSummary(metric));
      break;
    case "histogram":
    case "gaugehistogram":
      for (const metric of family.metrics) push(metric, 7, encodeHistogram(metric));
      break;
    default:
      for (const metric of family.metrics) push(metric, valueFields[family.type], encodeValue(metric, family.type));
  }
  return writer.text(5, family.unit ?? "").finish();
}

// A family's series share their label names, so each is spelled once.
function escapedOnce(known: Map<string, string>, name: string, escaping: EscapingScheme): string {
  let escaped = known.get(name);
  if (escaped === undefined) {
    escaped = escapeName(name, escaping);
    known.set(name, escaped);
  }
  return escaped;
}

function writeLabels(writer: MessageWriter, labels: Labels, nameOf: (name: string) => string): void {
  for (let i = 0; i < labels.length; i += 2) {
    const pair = new MessageWriter().text(1, nameOf(labels[i] as string)).text(2, labels[i + 1] as string);
    writer.message(1, pair.finish());
  }
}

function encodeValue({ v, exemplar, startTime }: ValueMetric, type: MetricFamily["type"]): MessageWriter {
  const writer = new MessageWriter().double(1, v);
  if (type !== "counter") return writer;
  writeExemplar(writer, 2, exemplar);
  return writeTime(writer, 3, startTime);
}

function encodeSummary({ count, sum, quantiles, startTime }: SummaryMetric): MessageWriter {
  const writer = new MessageWriter().uint(1, count).double(2, sum);
  for (const { quantile, v } of quantiles) {
    writer.message(3, new MessageWriter().double(1, quantile).double(2, v).finish());
  }
  return writeTime(writer, 4, startTime);
}

function encodeHistogram(metric: HistogramMetric): MessageWriter {
  const { count, sum, buckets, native, exemplars = [], startTime } = metric;
  const writer = new MessageWriter();
  writeCount(writer, count, { whole: 1, float: 4 });
  writer.double(2, sum);
  for (const bucket of buckets) writer.message(3, encodeBucket(bucket));
  // Custom bounds have no form of their own here; whoever has such histograms shows their classic buckets.
  if (native !== undefined && native.schema !== customBucketsSchema) writeNative(writer, native);
  writeTime(writer, 15, startTime);
  for (const exemplar of exemplars) writeExemplar(writer, 16, exemplar);
  return writer;
}

function encodeBucket({ upperBound, cumulativeCount, exemplar }: HistogramBucket): Uint8Array {
  const writer = new MessageWriter();
  writeCount(writer, cumulativeCount, { whole: 1, float: 4 });
  writer.double(2, upperBound);
  writeExemplar(writer, 3, exemplar);
  return writer.finish();
}

function writeCount(
  writer: MessageWriter,
  count: number,
  fields: { readonly whole: number; readonly float: number },
): void {
  if (Number.isSafeInteger(count)) writer.uint(fields.whole, count);
  else writer.double(fields.float, count);
}

function writeNative(writer: MessageWriter, native: Histogram): void {
  const { positiveBuckets, negativeBuckets, positiveSpans, negativeSpans, zeroCount, zeroThreshold } = native;
  const isWhole = [native.count, zeroCount, ...positiveBuckets, ...negativeBuckets].every(Number.isSafeInteger);
  writer.sint(5, native.schema).double(6, zeroThreshold);
  if (isWhole) writer.uint(7, zeroCount);
  else writer.double(8, zeroCount);
  writeSpans(writer, 9, negativeSpans);
  if (isWhole) writer.packedSints(10, deltas(negativeBuckets));
  else writer.packedDoubles(11, negativeBuckets);
  // One that has nothing else to be known by gets a span without buckets.
  const isUnknowable = positiveSpans.length + negativeSpans.length === 0 && zeroCount === 0 && zeroThreshold === 0;
  writeSpans(writer, 12, isUnknowable ? [{ offset: 0, length: 0 }] : positiveSpans);
  if (isWhole) writer.packedSints(13, deltas(positiveBuckets));
  else writer.packedDoubles(14, positiveBuckets);
}

function writeSpans(writer: MessageWriter, field: number, spans: readonly Span[]): void {
  for (const { offset, length } of spans) {
    writer.message(field, new MessageWriter().sint(1, offset).uint(2, length).finish());
  }
}

function deltas(counts: readonly number[]): number[] {
  return counts.map((count, i) => count - (counts[i - 1] ?? 0));
}

function writeExemplar(writer: MessageWriter, field: number, exemplar: Exemplar | undefined): void {
  if (exemplar === undefined) return;
  const message = new MessageWriter();
  writeLabels(message, exemplar.labels, (name) => name);
  message.double(2, exemplar.v);
  writeTime(message, 3, exemplar.t);
  writer.message(field, message.finish());
}

/** google.protobuf.Timestamp of ms since 1970. */
function writeTime(writer: MessageWriter, field: number, t: number | undefined): MessageWriter {
  if (t === undefined) return writer;
  const seconds = Math.floor(t / 1000);
  const nanoseconds = Math.round((t - seconds * 1000) * 1e6);
  return writer.message(field, new MessageWriter().int(1, seconds).int(2, nanoseconds).finish());
}
