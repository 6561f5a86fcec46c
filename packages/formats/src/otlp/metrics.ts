// What an OTLP export of metrics says, as plain data. Comes from: protobuf-decoder and json-decoder beside this.
// Goes to: the server's otlp/translate. Proto: opentelemetry/proto/metrics/v1/metrics.proto.
// Times are whole microseconds, which a double holds without loss until 2255; 0 where not stated.

/** Key, text, key, text, …: as sent, neither sorted nor unique. Bytes that are no UTF-8 stand as lone surrogates. */
export type OtlpAttributes = readonly string[];

export type OtlpResource = {
  attributes: OtlpAttributes;
  readonly scopes: OtlpScope[];
};

export type OtlpScope = {
  name: string;
  version: string;
  schemaUrl: string;
  attributes: OtlpAttributes;
  readonly metrics: OtlpMetric[];
};

export type OtlpTemporality = "unspecified" | "delta" | "cumulative";

/** Each at the number that stands for it. */
export const otlpTemporalities: readonly OtlpTemporality[] = ["unspecified", "delta", "cumulative"];

export type OtlpMetric = {
  name: string;
  description: string;
  /** In UCUM's notation. */
  unit: string;
  data: OtlpData;
};

export type OtlpData =
  | { readonly kind: "none" }
  | { readonly kind: "gauge"; readonly points: OtlpNumberPoint[] }
  | {
      readonly kind: "sum";
      readonly points: OtlpNumberPoint[];
      readonly temporality: OtlpTemporality;
      readonly isMonotonic: boolean;
    }
  | { readonly kind: "histogram"; readonly points: OtlpHistogramPoint[]; readonly temporality: OtlpTemporality }
  | { readonly kind: "exponential"; readonly points: OtlpExponentialPoint[]; readonly temporality: OtlpTemporality }
  | { readonly kind: "summary"; readonly points: OtlpSummaryPoint[] };

export type OtlpPoint = {
  attributes: OtlpAttributes;
  startUs: number;
  timeUs: number;
  /** False where the sender says that there is no value at this time. */
  isRecorded: boolean;
};

export type OtlpNumberPoint = OtlpPoint & { v: number; readonly exemplars: OtlpExemplar[] };

export type OtlpHistogramPoint = OtlpPoint & {
  count: number;
  sum: number | undefined;
  /** One more than bounds, or none at all. */
  readonly bucketCounts: number[];
  /** Upper bounds, inclusive, without +Inf. */
  readonly bounds: number[];
  readonly exemplars: OtlpExemplar[];
};

export type OtlpExponentialPoint = OtlpPoint & {
  count: number;
  sum: number | undefined;
  /** Buckets grow by 2^(2^-scale). */
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: OtlpBuckets;
  negative: OtlpBuckets;
  readonly exemplars: OtlpExemplar[];
};

/** Bucket `offset + i` has counts[i] observations. */
export type OtlpBuckets = { offset: number; readonly counts: number[] };

export type OtlpSummaryPoint = OtlpPoint & {
  count: number;
  sum: number;
  readonly quantiles: { readonly quantile: number; readonly v: number }[];
};

export type OtlpExemplar = {
  attributes: OtlpAttributes;
  timeUs: number;
  /** Undefined where none is given. */
  v: number | undefined;
  /** Hexadecimal; empty where not stated. */
  traceId: string;
  spanId: string;
};

export function newResource(): OtlpResource {
  return { attributes: [], scopes: [] };
}

export function newScope(): OtlpScope {
  return { name: "", version: "", schemaUrl: "", attributes: [], metrics: [] };
}

export function newMetric(): OtlpMetric {
  return { name: "", description: "", unit: "", data: { kind: "none" } };
}

export function newNumberPoint(): OtlpNumberPoint {
  return { attributes: [], startUs: 0, timeUs: 0, isRecorded: true, v: 0, exemplars: [] };
}

export function newHistogramPoint(): OtlpHistogramPoint {
  return {
    attributes: [],
    startUs: 0,
    timeUs: 0,
    isRecorded: true,
    count: 0,
    sum: undefined,
    bucketCounts: [],
    bounds: [],
    exemplars: [],
  };
}

export function newExponentialPoint(): OtlpExponentialPoint {
  return {
    attributes: [],
    startUs: 0,
    timeUs: 0,
    isRecorded: true,
    count: 0,
    sum: undefined,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, counts: [] },
    negative: { offset: 0, counts: [] },
    exemplars: [],
  };
}

export function newSummaryPoint(): OtlpSummaryPoint {
  return { attributes: [], startUs: 0, timeUs: 0, isRecorded: true, count: 0, sum: 0, quantiles: [] };
}

export function newExemplar(): OtlpExemplar {
  return { attributes: [], timeUs: 0, v: undefined, traceId: "", spanId: "" };
}
