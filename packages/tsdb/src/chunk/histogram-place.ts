// Where a histogram sample goes: into the open chunk as it is, into the open chunk with more buckets, or into a new one.
// Prometheus: tsdb/chunkenc/histogram.go, appendable and recode.
import { type Histogram, isStale, SampleColumns } from "@narthex/model";
import { assert } from "@narthex/stdx";
import {
  alignHistogram,
  countsAt,
  type HistogramLayout,
  isIntegerHistogram,
  joinIndexes,
  layoutOf,
} from "./buckets.js";
import { decodeHistograms } from "./histogram-decode.js";
import { HistogramEncoder, type ResetHeader, resetHeader } from "./histogram-encode.js";

/** Bytes of a histogram chunk, once it has `samplesMin` samples. */
const chunkBytesTarget = 1024;
const samplesMin = 10;
const samplesMax = 240;

/** The encoder to append to, which is `open` itself, its copy with more buckets, or a new chunk's. */
export interface Placement {
  readonly encoder: HistogramEncoder;
  /** Whether `open` must be closed first. */
  readonly isNewChunk: boolean;
  /** The sample with the chunk's buckets. */
  readonly histogram: Histogram;
}

/** `hasStarts`: whether a new chunk holds start times. */
export function placeHistogram(
  open: HistogramEncoder | undefined,
  histogram: Histogram,
  { hasStarts }: { readonly hasStarts: boolean },
): Placement {
  const header = open ? newHeader(open, histogram) : firstHeader(histogram);
  if (!open || header !== undefined) return newChunk(histogram, { header: header ?? resetHeader.unknown, hasStarts });
  if (isStale(histogram.sum)) return { encoder: open, isNewChunk: false, histogram };
  const layout = joinLayouts(open.kind.layout, layoutOf(histogram));
  const aligned = alignHistogram(histogram, layout);
  const isSame = bucketCount(layout) === bucketCount(open.kind.layout);
  return { encoder: isSame ? open : recoded(open, layout), isNewChunk: false, histogram: aligned };
}

/** The header of the new chunk that must be; undefined when the open one takes the sample. */
function newHeader(open: HistogramEncoder, histogram: Histogram): ResetHeader | undefined {
  const header = cutHeader(open, histogram);
  if (header !== undefined || !isFull(open)) return header;
  return isGauge(open) ? resetHeader.gauge : resetHeader.notReset;
}

function newChunk(
  histogram: Histogram,
  kind: { readonly header: ResetHeader; readonly hasStarts: boolean },
): Placement {
  // An integer marker: it has no counts that could be anything else.
  const isInteger = isStale(histogram.sum) || isIntegerHistogram(histogram);
  const layout = layoutOf(histogram);
  return {
    encoder: new HistogramEncoder({ ...kind, layout, isInteger }),
    isNewChunk: true,
    histogram: alignHistogram(histogram, layout),
  };
}

function firstHeader(histogram: Histogram): ResetHeader {
  if (histogram.counterResetHint === "gauge") return resetHeader.gauge;
  return histogram.counterResetHint === "reset" ? resetHeader.reset : resetHeader.unknown;
}

function isGauge(encoder: HistogramEncoder): boolean {
  return encoder.kind.header === resetHeader.gauge;
}

function isFull(encoder: HistogramEncoder): boolean {
  return encoder.count >= samplesMax || (encoder.byteLength >= chunkBytesTarget && encoder.count >= samplesMin);
}

/** The header of the new chunk that the sample needs; undefined when the open one may take it. */
function cutHeader(open: HistogramEncoder, histogram: Histogram): ResetHeader | undefined {
  if (isStale(histogram.sum)) return undefined;
  const isGaugeSample = histogram.counterResetHint === "gauge";
  const isOtherKind = isGaugeSample !== isGauge(open) || (open.kind.isInteger && !isIntegerHistogram(histogram));
  if (open.isStale || isOtherKind) return firstHeader(histogram);
  const { schema, zeroThreshold, customValues } = open.kind.layout;
  const isOtherLayout =
    schema !== histogram.schema ||
    zeroThreshold !== histogram.zeroThreshold ||
    customValues.length !== histogram.customValues.length ||
    customValues.some((bound, i) => bound !== histogram.customValues[i]);
  if (isGaugeSample) return isOtherLayout ? resetHeader.gauge : undefined;
  const isReset = histogram.counterResetHint === "reset" || isOtherLayout || hasDecreased(open, histogram);
  return isReset ? resetHeader.reset : undefined;
}

/** Whether any count is lower than the last sample's: the counter began again. */
function hasDecreased(open: HistogramEncoder, histogram: Histogram): boolean {
  const { last } = open;
  if (!last) return false;
  if (histogram.count < last.count || histogram.zeroCount < last.zeroCount) return true;
  const now = layoutOf(histogram);
  const { positive, negative } = open.kind.layout;
  const positiveNow = countsAt({ indexes: now.positive, counts: histogram.positiveBuckets }, positive);
  const negativeNow = countsAt({ indexes: now.negative, counts: histogram.negativeBuckets }, negative);
  return (
    last.positiveBuckets.some((count, i) => count > positiveNow[i]!) ||
    last.negativeBuckets.some((count, i) => count > negativeNow[i]!)
  );
}

function joinLayouts(a: HistogramLayout, b: HistogramLayout): HistogramLayout {
  return {
    ...a,
    positive: joinIndexes(a.positive, b.positive),
    negative: joinIndexes(a.negative, b.negative),
  };
}

function bucketCount(layout: HistogramLayout): number {
  return layout.positive.length + layout.negative.length;
}

/** The same samples in a layout with more buckets. */
function recoded(open: HistogramEncoder, layout: HistogramLayout): HistogramEncoder {
  const columns = new SampleColumns(open.count);
  const window = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  assert(decodeHistograms(open.data(), columns, window), "an open chunk decodes");
  const encoder = new HistogramEncoder({ ...open.kind, layout });
  for (let i = 0; i < columns.count; i++) {
    encoder.append(columns.t[i]!, alignHistogram(columns.h?.[i] as Histogram, layout), columns.startTimes?.[i]);
  }
  return encoder;
}
