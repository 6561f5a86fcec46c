// prometheus.Histogram and io.prometheus.write.v2.Histogram, which have the same fields: one native histogram and its time.
// Comes from: bodies of remote write. What the histogram says is not judged here: a storage refuses one that cannot be.
import type { CounterResetHint, Histogram, Span } from "@narthex/model";
import { type BucketSide, bucketCounts } from "../protobuf/bucket-side.js";
import type { ProtoReader } from "../protobuf/reader.js";
import type { DecodeBudget } from "./budget.js";

export type ReceivedHistogram = {
  /** ms. */
  readonly t: number;
  /** ms; 0 where not stated. */
  readonly startTime: number;
  readonly histogram: Histogram;
  /** Its counts were sent as integers. */
  readonly isInteger: boolean;
};

type Draft = {
  count: number;
  isInteger: boolean;
  zeroCount: number;
  sum: number;
  schema: number;
  zeroThreshold: number;
  hint: number;
  t: number;
  startTime: number;
  readonly negative: BucketSide;
  readonly positive: BucketSide;
  readonly customValues: number[];
};

const hints: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

const fields: Readonly<Record<number, (draft: Draft, reader: ProtoReader) => void>> = {
  1: (draft, reader) => {
    draft.count = reader.unsigned();
    draft.isInteger = true;
  },
  2: (draft, reader) => {
    draft.count = reader.double();
    draft.isInteger = false;
  },
  3: (draft, reader) => {
    draft.sum = reader.double();
  },
  // Of 32 bits, as are spans; what is longer loses its upper bits in every decoder.
  4: (draft, reader) => {
    draft.schema = reader.zigzag() | 0;
  },
  5: (draft, reader) => {
    draft.zeroThreshold = reader.double();
  },
  6: (draft, reader) => {
    draft.zeroCount = reader.unsigned();
  },
  7: (draft, reader) => {
    draft.zeroCount = reader.double();
  },
  8: (draft, reader) => draft.negative.spans.push(readSpan(reader.message())),
  9: (draft, reader) => reader.pushZigzags(draft.negative.deltas),
  10: (draft, reader) => reader.pushDoubles(draft.negative.counts),
  11: (draft, reader) => draft.positive.spans.push(readSpan(reader.message())),
  12: (draft, reader) => reader.pushZigzags(draft.positive.deltas),
  13: (draft, reader) => reader.pushDoubles(draft.positive.counts),
  14: (draft, reader) => {
    draft.hint = reader.unsigned();
  },
  15: (draft, reader) => {
    draft.t = reader.signed();
  },
  16: (draft, reader) => reader.pushDoubles(draft.customValues),
  17: (draft, reader) => {
    draft.startTime = reader.signed();
  },
};

// Bytes of memory, roughly: a field may be a span, and each of its bytes a bucket.
const histogramBytes = 300;
const fieldBytes = 40;
const bucketBytes = 8;

/** Throws ByteRangeError. */
export function readHistogram(reader: ProtoReader, budget: DecodeBudget): ReceivedHistogram {
  budget.charge(histogramBytes, reader.offset);
  const draft: Draft = {
    count: 0,
    isInteger: true,
    zeroCount: 0,
    sum: 0,
    schema: 0,
    zeroThreshold: 0,
    hint: 0,
    t: 0,
    startTime: 0,
    negative: { spans: [], deltas: [], counts: [] },
    positive: { spans: [], deltas: [], counts: [] },
    customValues: [],
  };
  for (let start = reader.offset; reader.next(); start = reader.offset) {
    budget.charge(fieldBytes + bucketBytes * (reader.offset - start), start);
    fields[reader.field]?.(draft, reader);
  }
  const { t, startTime, isInteger } = draft;
  return { t, startTime, isInteger, histogram: histogramFrom(draft) };
}

function histogramFrom({ hint, negative, positive, ...draft }: Draft): Histogram {
  return {
    schema: draft.schema,
    counterResetHint: hints[hint] ?? "unknown",
    zeroThreshold: draft.zeroThreshold,
    zeroCount: draft.zeroCount,
    count: draft.count,
    sum: draft.sum,
    positiveSpans: positive.spans,
    positiveBuckets: bucketCounts(positive),
    negativeSpans: negative.spans,
    negativeBuckets: bucketCounts(negative),
    customValues: draft.customValues,
  };
}

function readSpan(reader: ProtoReader): Span {
  let offset = 0;
  let length = 0;
  while (reader.next()) {
    if (reader.field === 1) offset = reader.zigzag() | 0;
    else if (reader.field === 2) length = reader.unsigned() >>> 0;
  }
  return { offset, length };
}
