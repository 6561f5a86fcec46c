// ExportMetricsServiceRequest in OTLP's JSON → resources, scopes and metrics: the twin wire of protobuf-decoder.
// Names are in lowerCamelCase, ids hexadecimal, 64-bit integers numbers or digits, enumerations numbers or names.
// See https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
import { parseJsonSteps } from "./json-parse.js";
import { type JsonRecord, JsonWalk, OtlpJsonError } from "./json-walk.js";
import {
  newExponentialPoint,
  newHistogramPoint,
  newNumberPoint,
  newSummaryPoint,
  type OtlpBuckets,
  type OtlpData,
  type OtlpExemplar,
  type OtlpExponentialPoint,
  type OtlpHistogramPoint,
  type OtlpMetric,
  type OtlpNumberPoint,
  type OtlpPoint,
  type OtlpResource,
  type OtlpScope,
  type OtlpSummaryPoint,
  type OtlpTemporality,
  otlpTemporalities,
} from "./metrics.js";
import { decodedOtlpBytesMax } from "./protobuf-decoder.js";
import { lastOf, type Steps, stepPoints } from "./steps.js";
import { type OtlpValue, printValue, valueDepthMax } from "./value.js";

/** Throws OtlpJsonError. */
export function decodeOtlpJson(body: Uint8Array, bytesMax: number = decodedOtlpBytesMax): OtlpResource[] {
  return lastOf(decodeOtlpJsonSteps(body, bytesMax));
}

/** The same, in small steps. */
export function* decodeOtlpJsonSteps(body: Uint8Array, bytesMax: number = decodedOtlpBytesMax): Steps<OtlpResource[]> {
  const walk = new JsonWalk();
  const root = walk.root(yield* parse(body, bytesMax));
  yield;
  return yield* walk.mapSteps(root, "resourceMetrics", (resource) => readResource(walk, resource));
}

function* parse(body: Uint8Array, bytesMax: number): Steps<unknown> {
  try {
    return yield* parseJsonSteps(body, { count: budgetOf(body, bytesMax) });
  } catch (error) {
    // TypeError for bytes that are no UTF-8, SyntaxError for the rest.
    if (error instanceof TypeError) throw new OtlpJsonError("body is not valid UTF-8", { cause: error });
    if (error instanceof SyntaxError) throw new OtlpJsonError(`invalid JSON: ${error.message}`, { cause: error });
    throw error;
  }
}

// What the parser makes of a character, in bytes of memory, roughly.
const bytesMade: Readonly<Record<string, number>> = { "{": 90, "[": 50, ",": 24 };

/** An empty object is three bytes on the wire. */
function budgetOf(body: Uint8Array, bytesMax: number): (byte: number) => void {
  const made = new Uint8Array(256);
  for (const [character, bytes] of Object.entries(bytesMade)) made[character.charCodeAt(0)] = bytes;
  let left = bytesMax - 2 * body.length;
  return (byte) => {
    left -= made[byte]!;
    if (left < 0) throw new OtlpJsonError("request takes too much memory");
  };
}

function* readResource(walk: JsonWalk, json: JsonRecord): Steps<OtlpResource> {
  return {
    attributes: walk.within(json, "resource", (resource) => readAttributes(walk, resource)) ?? [],
    scopes: yield* walk.mapSteps(json, "scopeMetrics", (scope) => readScope(walk, scope)),
  };
}

function* readScope(walk: JsonWalk, json: JsonRecord): Steps<OtlpScope> {
  const scope = walk.within(json, "scope", (inner) => ({
    name: walk.text(inner, "name"),
    version: walk.text(inner, "version"),
    attributes: readAttributes(walk, inner),
  }));
  return {
    ...(scope ?? { name: "", version: "", attributes: [] }),
    schemaUrl: walk.text(json, "schemaUrl"),
    metrics: yield* walk.mapSteps(json, "metrics", (metric) => readMetric(walk, metric)),
  };
}

function readAttributes(walk: JsonWalk, json: JsonRecord, key = "attributes"): string[] {
  const attributes: string[] = [];
  walk.map(json, key, (item) => {
    attributes.push(walk.text(item, "key"), printValue(readValueField(walk, item, 0)));
  });
  return attributes;
}

function readValueField(walk: JsonWalk, json: JsonRecord, depth: number): OtlpValue {
  return walk.within(json, "value", (value) => readValue(walk, value, depth)) ?? null;
}

/** One of these stands in a value. */
const valueFields: Readonly<Record<string, (walk: JsonWalk, json: JsonRecord, depth: number) => OtlpValue>> = {
  stringValue: (walk, json) => walk.text(json, "stringValue"),
  boolValue: (walk, json) => walk.flag(json, "boolValue"),
  intValue: (walk, json) => ({ digits: walk.digits(json, "intValue") }),
  doubleValue: (walk, json) => walk.number(json, "doubleValue"),
  bytesValue: (walk, json) => Buffer.from(walk.text(json, "bytesValue"), "base64"),
  arrayValue: (walk, json, depth) =>
    walk.within(json, "arrayValue", (list) => walk.map(list, "values", (item) => readValue(walk, item, depth + 1))) ??
    [],
  kvlistValue: (walk, json, depth) =>
    new Map(
      walk.within(json, "kvlistValue", (list) =>
        walk.map(list, "values", (item) => [walk.text(item, "key"), readValueField(walk, item, depth + 1)]),
      ),
    ),
};

function readValue(walk: JsonWalk, json: JsonRecord, depth: number): OtlpValue {
  if (depth > valueDepthMax) return walk.fail(`a value nested at most ${valueDepthMax} deep`, json);
  for (const [name, read] of Object.entries(valueFields)) {
    if (json[name] !== undefined && json[name] !== null) return read(walk, json, depth);
  }
  return null;
}

function* readMetric(walk: JsonWalk, json: JsonRecord): Steps<OtlpMetric> {
  yield;
  return {
    name: walk.text(json, "name"),
    description: walk.text(json, "description"),
    unit: walk.text(json, "unit"),
    data: yield* readData(walk, json),
  };
}

const dataFields: Readonly<Record<string, (walk: JsonWalk, json: JsonRecord) => Steps<OtlpData>>> = {
  *gauge(walk, json) {
    return { kind: "gauge", points: yield* readPoints(walk, json, readNumberPoint) };
  },
  *sum(walk, json) {
    const temporality = readTemporality(walk, json);
    const isMonotonic = walk.flag(json, "isMonotonic");
    return { kind: "sum", points: yield* readPoints(walk, json, readNumberPoint), temporality, isMonotonic };
  },
  *histogram(walk, json) {
    const temporality = readTemporality(walk, json);
    return { kind: "histogram", points: yield* readPoints(walk, json, readHistogramPoint), temporality };
  },
  *exponentialHistogram(walk, json) {
    const temporality = readTemporality(walk, json);
    return { kind: "exponential", points: yield* readPoints(walk, json, readExponentialPoint), temporality };
  },
  *summary(walk, json) {
    return { kind: "summary", points: yield* readPoints(walk, json, readSummaryPoint) };
  },
};

function* readData(walk: JsonWalk, json: JsonRecord): Steps<OtlpData> {
  for (const [name, read] of Object.entries(dataFields)) {
    const data = yield* walk.withinSteps(json, name, (inner) => read(walk, inner));
    if (data) return data;
  }
  return { kind: "none" };
}

function* readPoints<Point>(
  walk: JsonWalk,
  json: JsonRecord,
  read: (walk: JsonWalk, json: JsonRecord) => Point,
): Steps<Point[]> {
  let count = 0;
  return yield* walk.mapSteps(json, "dataPoints", function* (point) {
    if (++count % stepPoints === 0) yield;
    return read(walk, point);
  });
}

const temporalityNames = otlpTemporalities.map((name) => `AGGREGATION_TEMPORALITY_${name.toUpperCase()}`);

function readTemporality(walk: JsonWalk, json: JsonRecord): OtlpTemporality {
  return otlpTemporalities[walk.enumeration(json, "aggregationTemporality", temporalityNames)] ?? "unspecified";
}

const noRecordedValueFlag = 1;

function readPoint<Point extends OtlpPoint>(walk: JsonWalk, json: JsonRecord, point: Point): Point {
  point.attributes = readAttributes(walk, json);
  point.startUs = walk.timeUs(json, "startTimeUnixNano");
  point.timeUs = walk.timeUs(json, "timeUnixNano");
  point.isRecorded = (walk.count(json, "flags") & noRecordedValueFlag) === 0;
  return point;
}

function readNumberPoint(walk: JsonWalk, json: JsonRecord): OtlpNumberPoint {
  const point = { ...newNumberPoint(), exemplars: readExemplars(walk, json), v: readNumberValue(walk, json) ?? 0 };
  return readPoint(walk, json, point);
}

/** Of a point or exemplar; undefined where there is none. */
function readNumberValue(walk: JsonWalk, json: JsonRecord): number | undefined {
  if (json["asDouble"] !== undefined && json["asDouble"] !== null) return walk.number(json, "asDouble");
  return json["asInt"] === undefined || json["asInt"] === null ? undefined : walk.integer(json, "asInt");
}

/** The sum may be left out, which is another thing than 0. */
function readSum(walk: JsonWalk, json: JsonRecord): number | undefined {
  return json["sum"] === undefined || json["sum"] === null ? undefined : walk.number(json, "sum");
}

function readHistogramPoint(walk: JsonWalk, json: JsonRecord): OtlpHistogramPoint {
  return readPoint(walk, json, {
    ...newHistogramPoint(),
    count: walk.count(json, "count"),
    sum: readSum(walk, json),
    bucketCounts: walk.counts(json, "bucketCounts"),
    bounds: walk.numbers(json, "explicitBounds"),
    exemplars: readExemplars(walk, json),
  });
}

function readExponentialPoint(walk: JsonWalk, json: JsonRecord): OtlpExponentialPoint {
  const sides = newExponentialPoint();
  return readPoint(walk, json, {
    ...sides,
    count: walk.count(json, "count"),
    sum: readSum(walk, json),
    scale: walk.integer(json, "scale") | 0,
    zeroCount: walk.count(json, "zeroCount"),
    zeroThreshold: walk.number(json, "zeroThreshold"),
    positive: walk.within(json, "positive", (inner) => readBuckets(walk, inner)) ?? sides.positive,
    negative: walk.within(json, "negative", (inner) => readBuckets(walk, inner)) ?? sides.negative,
    exemplars: readExemplars(walk, json),
  });
}

function readBuckets(walk: JsonWalk, json: JsonRecord): OtlpBuckets {
  return { offset: walk.integer(json, "offset") | 0, counts: walk.counts(json, "bucketCounts") };
}

function readSummaryPoint(walk: JsonWalk, json: JsonRecord): OtlpSummaryPoint {
  return readPoint(walk, json, {
    ...newSummaryPoint(),
    count: walk.count(json, "count"),
    sum: walk.number(json, "sum"),
    quantiles: walk.map(json, "quantileValues", (item) => ({
      quantile: walk.number(item, "quantile"),
      v: walk.number(item, "value"),
    })),
  });
}

function readExemplars(walk: JsonWalk, json: JsonRecord): OtlpExemplar[] {
  return walk.map(json, "exemplars", (item) => ({
    attributes: readAttributes(walk, item, "filteredAttributes"),
    timeUs: walk.timeUs(item, "timeUnixNano"),
    v: readNumberValue(walk, item),
    traceId: walk.id(item, "traceId", 16),
    spanId: walk.id(item, "spanId", 8),
  }));
}
