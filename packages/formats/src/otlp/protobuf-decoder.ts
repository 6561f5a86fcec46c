// ExportMetricsServiceRequest in protobuf → resources, scopes and metrics.
// Comes from: the body of an OTLP request, decompressed. Goes to: the server's otlp/translate.
// Proto: opentelemetry/proto/collector/metrics/v1/metrics_service.proto. Unknown fields are skipped.
import { ProtoReader } from "../protobuf/reader.js";
import { DecodeContext } from "./context.js";
import {
  newMetric,
  newResource,
  newScope,
  type OtlpData,
  type OtlpMetric,
  type OtlpResource,
  type OtlpScope,
  otlpTemporalities,
} from "./metrics.js";
import { readAttribute } from "./protobuf-attributes.js";
import { readExponentialPoint, readHistogramPoint, readNumberPoint, readSummaryPoint } from "./protobuf-points.js";
import { lastOf, type Steps, stepPoints } from "./steps.js";

/** Roughly counted, as for remote write: a body of 32 MiB as programs and collectors send it takes less. */
export const decodedOtlpBytesMax: number = 512 * 1024 * 1024;

// Bytes of memory, roughly.
const groupBytes = 200;

/** Throws ByteRangeError. */
export function decodeOtlpProtobuf(body: Uint8Array, bytesMax: number = decodedOtlpBytesMax): OtlpResource[] {
  return lastOf(decodeOtlpProtobufSteps(body, bytesMax));
}

/** The same, in small steps. */
export function* decodeOtlpProtobufSteps(
  body: Uint8Array,
  bytesMax: number = decodedOtlpBytesMax,
): Steps<OtlpResource[]> {
  const context = new DecodeContext(bytesMax);
  const resources: OtlpResource[] = [];
  const reader = new ProtoReader(body);
  while (reader.next()) if (reader.field === 1) resources.push(yield* readResourceMetrics(reader.message(), context));
  return resources;
}

function* readResourceMetrics(reader: ProtoReader, context: DecodeContext): Steps<OtlpResource> {
  context.budget.charge(groupBytes, reader.offset);
  const resource = newResource();
  while (reader.next()) {
    if (reader.field === 1) resource.attributes = readAttributes(reader.message(), 1, context);
    else if (reader.field === 2) resource.scopes.push(yield* readScopeMetrics(reader.message(), context));
  }
  return resource;
}

function readAttributes(reader: ProtoReader, field: number, context: DecodeContext): string[] {
  const attributes: string[] = [];
  while (reader.next()) if (reader.field === field) readAttribute(attributes, reader.message(), context);
  return attributes;
}

function* readScopeMetrics(reader: ProtoReader, context: DecodeContext): Steps<OtlpScope> {
  context.budget.charge(groupBytes, reader.offset);
  const scope = newScope();
  while (reader.next()) {
    if (reader.field === 1) readScope(scope, reader.message(), context);
    else if (reader.field === 2) scope.metrics.push(yield* readMetric(reader.message(), context));
    else if (reader.field === 3) scope.schemaUrl = context.texts.read(reader);
  }
  return scope;
}

function readScope(scope: OtlpScope, reader: ProtoReader, context: DecodeContext): void {
  const attributes: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) scope.name = context.texts.read(reader);
    else if (reader.field === 2) scope.version = context.texts.read(reader);
    else if (reader.field === 3) readAttribute(attributes, reader.message(), context);
  }
  scope.attributes = attributes;
}

function* readMetric(reader: ProtoReader, context: DecodeContext): Steps<OtlpMetric> {
  context.budget.charge(groupBytes + reader.end - reader.offset, reader.offset);
  const metric = newMetric();
  while (reader.next()) {
    if (reader.field === 1) metric.name = context.texts.read(reader);
    else if (reader.field === 2) metric.description = context.texts.read(reader);
    else if (reader.field === 3) metric.unit = context.texts.read(reader);
    else {
      const read = dataFields[reader.field];
      if (read) metric.data = yield* read(reader.message(), context);
    }
  }
  yield;
  return metric;
}

/** Of those that are sent, the last counts. */
const dataFields: Readonly<Record<number, (reader: ProtoReader, context: DecodeContext) => Steps<OtlpData>>> = {
  *5(reader, context) {
    const { points } = yield* readData(reader, readNumberPoint, context);
    return { kind: "gauge", points };
  },
  *7(reader, context) {
    return { kind: "sum", ...(yield* readData(reader, readNumberPoint, context)) };
  },
  *9(reader, context) {
    const { points, temporality } = yield* readData(reader, readHistogramPoint, context);
    return { kind: "histogram", points, temporality };
  },
  *10(reader, context) {
    const { points, temporality } = yield* readData(reader, readExponentialPoint, context);
    return { kind: "exponential", points, temporality };
  },
  *11(reader, context) {
    const { points } = yield* readData(reader, readSummaryPoint, context);
    return { kind: "summary", points };
  },
};

type Data<Point> = {
  readonly points: Point[];
  readonly temporality: (typeof otlpTemporalities)[number];
  readonly isMonotonic: boolean;
};

function* readData<Point>(
  reader: ProtoReader,
  readPoint: (reader: ProtoReader, context: DecodeContext) => Point,
  context: DecodeContext,
): Steps<Data<Point>> {
  const points: Point[] = [];
  let temporality = 0;
  let isMonotonic = false;
  while (reader.next()) {
    if (reader.field === 1) {
      points.push(readPoint(reader.message(), context));
      if (points.length % stepPoints === 0) yield;
    } else if (reader.field === 2) temporality = reader.unsigned();
    else if (reader.field === 3) isMonotonic = reader.unsigned() !== 0;
  }
  return { points, temporality: otlpTemporalities[temporality] ?? "unspecified", isMonotonic };
}
