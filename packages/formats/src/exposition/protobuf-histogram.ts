// io.prometheus.client.Histogram: a classic histogram, a native one, or both in one message.
import { countMismatch, type Histogram, type Span } from "@narthex/model";
import { ByteRangeError } from "@narthex/stdx";
import { type BucketSide, bucketCounts } from "../protobuf/bucket-side.js";
import type { ProtoReader } from "../protobuf/reader.js";
import { type ProtoExemplar, readExemplar, readTimestamp } from "./protobuf-fields.js";

export interface ProtoBucket {
  readonly cumulativeCount: number;
  readonly upperBound: number;
  readonly exemplar: ProtoExemplar | undefined;
}

export interface ProtoHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly ProtoBucket[];
  /** Present where the message has spans, a zero threshold or a zero count. */
  readonly native: Histogram | undefined;
  readonly exemplars: readonly ProtoExemplar[];
  /** ms; NaN where not stated. */
  readonly startTime: number;
}

interface Draft {
  count: number;
  countFloat: number;
  sum: number;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  zeroCountFloat: number;
  startTime: number;
  readonly buckets: ProtoBucket[];
  readonly exemplars: ProtoExemplar[];
  readonly negative: BucketSide;
  readonly positive: BucketSide;
}

type FieldReader = (draft: Draft, reader: ProtoReader) => void;

const fields: Readonly<Record<number, FieldReader>> = {
  1: (draft, reader) => {
    draft.count = reader.unsigned();
  },
  2: (draft, reader) => {
    draft.sum = reader.double();
  },
  3: (draft, reader) => {
    draft.buckets.push(readBucket(reader.message()));
  },
  4: (draft, reader) => {
    draft.countFloat = reader.double();
  },
  5: (draft, reader) => {
    draft.schema = reader.zigzag();
  },
  6: (draft, reader) => {
    draft.zeroThreshold = reader.double();
  },
  7: (draft, reader) => {
    draft.zeroCount = reader.unsigned();
  },
  8: (draft, reader) => {
    draft.zeroCountFloat = reader.double();
  },
  9: (draft, reader) => {
    draft.negative.spans.push(readSpan(reader.message()));
  },
  10: (draft, reader) => reader.pushZigzags(draft.negative.deltas),
  11: (draft, reader) => reader.pushDoubles(draft.negative.counts),
  12: (draft, reader) => {
    draft.positive.spans.push(readSpan(reader.message()));
  },
  13: (draft, reader) => reader.pushZigzags(draft.positive.deltas),
  14: (draft, reader) => reader.pushDoubles(draft.positive.counts),
  15: (draft, reader) => {
    draft.startTime = readTimestamp(reader.message());
  },
  16: (draft, reader) => {
    draft.exemplars.push(readExemplar(reader.message()));
  },
};

export function readHistogram(reader: ProtoReader, kind: "counter" | "gauge"): ProtoHistogram {
  const draft: Draft = {
    count: 0,
    countFloat: 0,
    sum: 0,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    zeroCountFloat: 0,
    startTime: NaN,
    buckets: [],
    exemplars: [],
    negative: { spans: [], deltas: [], counts: [] },
    positive: { spans: [], deltas: [], counts: [] },
  };
  while (reader.next()) fields[reader.field]?.(draft, reader);
  const count = draft.countFloat > 0 ? draft.countFloat : draft.count;
  const { sum, buckets, exemplars, startTime } = draft;
  return { count, sum, buckets, exemplars, startTime, native: nativeFrom(draft, { count, kind, end: reader.end }) };
}

interface NativeContext {
  readonly count: number;
  readonly kind: "counter" | "gauge";
  readonly end: number;
}

function nativeFrom(draft: Draft, context: NativeContext): Histogram | undefined {
  const { negative, positive } = draft;
  const hasSpans = negative.spans.length > 0 || positive.spans.length > 0;
  if (!hasSpans && draft.zeroThreshold <= 0 && draft.zeroCount === 0 && draft.zeroCountFloat <= 0) return undefined;
  if (draft.schema < schemaMin || draft.schema > schemaMax) {
    throw new ByteRangeError(`unknown histogram schema ${draft.schema}`, context.end);
  }
  const histogram: Histogram = {
    schema: draft.schema,
    counterResetHint: context.kind === "gauge" ? "gauge" : "unknown",
    zeroThreshold: draft.zeroThreshold,
    zeroCount: draft.zeroCountFloat > 0 ? draft.zeroCountFloat : draft.zeroCount,
    count: context.count,
    sum: draft.sum,
    positiveSpans: positive.spans,
    positiveBuckets: bucketsOf(positive, context.end),
    negativeSpans: negative.spans,
    negativeBuckets: bucketsOf(negative, context.end),
    customValues: [],
  };
  const isInteger = draft.countFloat <= 0 && draft.zeroCountFloat <= 0;
  const problem = isInteger ? countMismatch(histogram) : undefined;
  if (problem !== undefined) throw new ByteRangeError(problem, context.end);
  return histogram;
}

// What the format has room for; schemas beyond 8 are brought down to it when they are stored.
const schemaMin = -9;
const schemaMax = 52;

function bucketsOf(side: BucketSide, end: number): readonly number[] {
  const buckets = bucketCounts(side);
  const covered = side.spans.reduce((sum, span) => sum + span.length, 0);
  if (covered !== buckets.length) {
    throw new ByteRangeError(`histogram spans need ${covered} buckets, have ${buckets.length} buckets`, end);
  }
  return buckets;
}

function readBucket(reader: ProtoReader): ProtoBucket {
  let count = 0;
  let countFloat = 0;
  let upperBound = 0;
  let exemplar: ProtoExemplar | undefined;
  while (reader.next()) {
    if (reader.field === 1) count = reader.unsigned();
    else if (reader.field === 2) upperBound = reader.double();
    else if (reader.field === 3) exemplar = readExemplar(reader.message());
    else if (reader.field === 4) countFloat = reader.double();
  }
  return { cumulativeCount: countFloat > 0 ? countFloat : count, upperBound, exemplar };
}

function readSpan(reader: ProtoReader): Span {
  let offset = 0;
  let length = 0;
  while (reader.next()) {
    if (reader.field === 1) offset = reader.zigzag();
    else if (reader.field === 2) length = reader.unsigned();
  }
  return { offset, length };
}
