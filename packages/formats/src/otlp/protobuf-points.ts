// Data points of opentelemetry/proto/metrics/v1/metrics.proto.
// A point is read by a table from the number of a field to what it sets.
import { ByteRangeError } from "@narthex/stdx";
import type { ProtoReader } from "../protobuf/reader.js";
import type { DecodeContext } from "./context.js";
import {
  newExemplar,
  newExponentialPoint,
  newHistogramPoint,
  newNumberPoint,
  newSummaryPoint,
  type OtlpBuckets,
  type OtlpExemplar,
  type OtlpExponentialPoint,
  type OtlpHistogramPoint,
  type OtlpNumberPoint,
  type OtlpPoint,
  type OtlpSummaryPoint,
} from "./metrics.js";
import { readAttribute } from "./protobuf-attributes.js";
import { readTimeUs } from "./time.js";

type Field<Point> = (point: Point, reader: ProtoReader, context: DecodeContext) => void;
type Fields<Point> = Readonly<Record<number, Field<Point>>>;

// Bytes of memory, roughly: a point has a dozen fields, and each byte of a packed field may be a bucket.
const pointBytes = 200;
const bucketBytes = 8;
const exemplarBytes = 120;
const quantileBytes = 40;

function readPoint<Point extends object>(
  point: Point,
  reader: ProtoReader,
  { fields, context }: { readonly fields: Fields<Point>; readonly context: DecodeContext },
): Point {
  context.budget.charge(pointBytes, reader.offset);
  while (reader.next()) fields[reader.field]?.(point, reader, context);
  return point;
}

/** Start and time have the same numbers in all kinds of points. */
const timeFields: Fields<OtlpPoint> = {
  2: (point, reader) => {
    point.startUs = readTimeUs(reader);
  },
  3: (point, reader) => {
    point.timeUs = readTimeUs(reader);
  },
};

const noRecordedValueFlag = 1;

function readFlags(point: OtlpPoint, reader: ProtoReader): void {
  // Bit by bit: the upper ones may stand for something one day.
  point.isRecorded = (reader.unsigned() & noRecordedValueFlag) === 0;
}

/** The array is the point's own, though nobody else may write to it. */
function pushAttribute(holder: OtlpPoint | OtlpExemplar, reader: ProtoReader, context: DecodeContext): void {
  const attributes = holder.attributes as string[];
  readAttribute(attributes, reader.message(), context);
}

function pushExemplar(
  point: { readonly exemplars: OtlpExemplar[] },
  reader: ProtoReader,
  context: DecodeContext,
): void {
  point.exemplars.push(readExemplar(reader.message(), context));
}

const numberFields: Fields<OtlpNumberPoint> = {
  ...timeFields,
  4: (point, reader) => {
    point.v = reader.double();
  },
  5: pushExemplar,
  6: (point, reader) => {
    point.v = reader.fixedSigned();
  },
  7: pushAttribute,
  8: readFlags,
};

/** Throws ByteRangeError, as do the others. */
export function readNumberPoint(reader: ProtoReader, context: DecodeContext): OtlpNumberPoint {
  return readPoint(newNumberPoint(), reader, { fields: numberFields, context });
}

const histogramFields: Fields<OtlpHistogramPoint> = {
  ...timeFields,
  4: (point, reader) => {
    point.count = reader.fixedUnsigned();
  },
  5: (point, reader) => {
    point.sum = reader.double();
  },
  6: (point, reader, context) => {
    chargeFixed(reader, context);
    reader.pushFixed64s(point.bucketCounts);
  },
  7: (point, reader, context) => {
    chargeFixed(reader, context);
    reader.pushDoubles(point.bounds);
  },
  8: pushExemplar,
  9: pushAttribute,
  10: readFlags,
};

function chargeFixed(reader: ProtoReader, context: DecodeContext): void {
  context.budget.charge(reader.contentEnd - reader.contentStart + bucketBytes, reader.offset);
}

export function readHistogramPoint(reader: ProtoReader, context: DecodeContext): OtlpHistogramPoint {
  return readPoint(newHistogramPoint(), reader, { fields: histogramFields, context });
}

const exponentialFields: Fields<OtlpExponentialPoint> = {
  ...timeFields,
  1: pushAttribute,
  4: (point, reader) => {
    point.count = reader.fixedUnsigned();
  },
  5: (point, reader) => {
    point.sum = reader.double();
  },
  6: (point, reader) => {
    point.scale = reader.zigzag() | 0;
  },
  7: (point, reader) => {
    point.zeroCount = reader.fixedUnsigned();
  },
  8: (point, reader, context) => {
    point.positive = readBuckets(reader.message(), context);
  },
  9: (point, reader, context) => {
    point.negative = readBuckets(reader.message(), context);
  },
  10: readFlags,
  11: pushExemplar,
  14: (point, reader) => {
    point.zeroThreshold = reader.double();
  },
};

export function readExponentialPoint(reader: ProtoReader, context: DecodeContext): OtlpExponentialPoint {
  return readPoint(newExponentialPoint(), reader, { fields: exponentialFields, context });
}

function readBuckets(reader: ProtoReader, context: DecodeContext): OtlpBuckets {
  const buckets: OtlpBuckets = { offset: 0, counts: [] };
  for (let start = reader.offset; reader.next(); start = reader.offset) {
    context.budget.charge(bucketBytes * (reader.offset - start), start);
    if (reader.field === 1) buckets.offset = reader.zigzag() | 0;
    else if (reader.field === 2) reader.pushUnsigned64s(buckets.counts);
  }
  return buckets;
}

const summaryFields: Fields<OtlpSummaryPoint> = {
  ...timeFields,
  4: (point, reader) => {
    point.count = reader.fixedUnsigned();
  },
  5: (point, reader) => {
    point.sum = reader.double();
  },
  6: (point, reader, context) => {
    context.budget.charge(quantileBytes, reader.offset);
    point.quantiles.push(readQuantile(reader.message()));
  },
  7: pushAttribute,
  8: readFlags,
};

export function readSummaryPoint(reader: ProtoReader, context: DecodeContext): OtlpSummaryPoint {
  return readPoint(newSummaryPoint(), reader, { fields: summaryFields, context });
}

function readQuantile(reader: ProtoReader): OtlpSummaryPoint["quantiles"][number] {
  let quantile = 0;
  let v = 0;
  while (reader.next()) {
    if (reader.field === 1) quantile = reader.double();
    else if (reader.field === 2) v = reader.double();
  }
  return { quantile, v };
}

const exemplarFields: Fields<OtlpExemplar> = {
  2: (exemplar, reader) => {
    exemplar.timeUs = readTimeUs(reader);
  },
  3: (exemplar, reader) => {
    exemplar.v = reader.double();
  },
  4: (exemplar, reader) => {
    exemplar.spanId = readId(reader, { what: "span id", bytes: 8 });
  },
  5: (exemplar, reader) => {
    exemplar.traceId = readId(reader, { what: "trace id", bytes: 16 });
  },
  6: (exemplar, reader) => {
    exemplar.v = reader.fixedSigned();
  },
  7: pushAttribute,
};

function readExemplar(reader: ProtoReader, context: DecodeContext): OtlpExemplar {
  context.budget.charge(exemplarBytes, reader.offset);
  const exemplar = newExemplar();
  while (reader.next()) exemplarFields[reader.field]?.(exemplar, reader, context);
  return exemplar;
}

/** All zeros stand for none. */
function readId(reader: ProtoReader, { what, bytes }: { readonly what: string; readonly bytes: number }): string {
  const [start, end] = reader.contentRange();
  const length = end - start;
  if (length !== 0 && length !== bytes) throw new ByteRangeError(`${what} of ${length} bytes`, start);
  let id = "";
  for (const byte of reader.bytes.subarray(start, end)) id += byte.toString(16).padStart(2, "0");
  return /[^0]/.test(id) ? id : "";
}
