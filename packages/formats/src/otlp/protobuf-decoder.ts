// ExportMetricsServiceRequest in protobuf → resources, scopes and metrics.
// Comes from: the body of an OTLP request, decompressed. Goes to: the server's otlp/translate.
// Proto: opentelemetry/proto/collector/metrics/v1/metrics_service.proto. Unknown fields are skipped.
import { ProtoReader } from "../protobuf/reader.js";
import { readText } from "../protobuf/text.js";
import { DecodeBudget } from "../remote/budget.js";
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

/** Roughly counted, as for remote write: a body of 32 MiB as programs and collectors send it takes less. */
export const decodedOtlpBytesMax: number = 512 * 1024 * 1024;

// Bytes of memory, roughly.
const groupBytes = 200;

/** Throws ByteRangeError. */
export function decodeOtlpProtobuf(body: Uint8Array, bytesMax: number = decodedOtlpBytesMax): OtlpResource[] {
  const budget = new DecodeBudget(bytesMax);
  const resources: OtlpResource[] = [];
  const reader = new ProtoReader(body, 0, body.length);
  while (reader.next()) if (reader.field === 1) resources.push(readResourceMetrics(reader.message(), budget));
  return resources;
}

function readResourceMetrics(reader: ProtoReader, budget: DecodeBudget): OtlpResource {
  budget.charge(groupBytes, reader.offset);
  const resource = newResource();
  while (reader.next()) {
    if (reader.field === 1) resource.attributes = readAttributes(reader.message(), 1, budget);
    else if (reader.field === 2) resource.scopes.push(readScopeMetrics(reader.message(), budget));
  }
  return resource;
}

function readAttributes(reader: ProtoReader, field: number, budget: DecodeBudget): string[] {
  const attributes: string[] = [];
  while (reader.next()) if (reader.field === field) readAttribute(attributes, reader.message(), budget);
  return attributes;
}

function readScopeMetrics(reader: ProtoReader, budget: DecodeBudget): OtlpScope {
  budget.charge(groupBytes, reader.offset);
  const scope = newScope();
  while (reader.next()) {
    if (reader.field === 1) readScope(scope, reader.message(), budget);
    else if (reader.field === 2) scope.metrics.push(readMetric(reader.message(), budget));
    else if (reader.field === 3) scope.schemaUrl = readText(reader);
  }
  return scope;
}

function readScope(scope: OtlpScope, reader: ProtoReader, budget: DecodeBudget): void {
  const attributes: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) scope.name = readText(reader);
    else if (reader.field === 2) scope.version = readText(reader);
    else if (reader.field === 3) readAttribute(attributes, reader.message(), budget);
  }
  scope.attributes = attributes;
}

function readMetric(reader: ProtoReader, budget: DecodeBudget): OtlpMetric {
  budget.charge(groupBytes + reader.end - reader.offset, reader.offset);
  const metric = newMetric();
  while (reader.next()) {
    if (reader.field === 1) metric.name = readText(reader);
    else if (reader.field === 2) metric.description = readText(reader);
    else if (reader.field === 3) metric.unit = readText(reader);
    else metric.data = dataFields[reader.field]?.(reader.message(), budget) ?? metric.data;
  }
  return metric;
}

/** Of those that are sent, the last counts. */
const dataFields: Readonly<Record<number, (reader: ProtoReader, budget: DecodeBudget) => OtlpData>> = {
  5: (reader, budget) => ({ kind: "gauge", points: readData(reader, readNumberPoint, budget).points }),
  7: (reader, budget) => ({ kind: "sum", ...readData(reader, readNumberPoint, budget) }),
  9: (reader, budget) => {
    const { points, temporality } = readData(reader, readHistogramPoint, budget);
    return { kind: "histogram", points, temporality };
  },
  10: (reader, budget) => {
    const { points, temporality } = readData(reader, readExponentialPoint, budget);
    return { kind: "exponential", points, temporality };
  },
  11: (reader, budget) => ({ kind: "summary", points: readData(reader, readSummaryPoint, budget).points }),
};

type Data<Point> = {
  readonly points: Point[];
  readonly temporality: (typeof otlpTemporalities)[number];
  readonly isMonotonic: boolean;
};

function readData<Point>(
  reader: ProtoReader,
  readPoint: (reader: ProtoReader, budget: DecodeBudget) => Point,
  budget: DecodeBudget,
): Data<Point> {
  const points: Point[] = [];
  let temporality = 0;
  let isMonotonic = false;
  while (reader.next()) {
    if (reader.field === 1) points.push(readPoint(reader.message(), budget));
    else if (reader.field === 2) temporality = reader.unsigned();
    else if (reader.field === 3) isMonotonic = reader.unsigned() !== 0;
  }
  return { points, temporality: otlpTemporalities[temporality] ?? "unspecified", isMonotonic };
}
