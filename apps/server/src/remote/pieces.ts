// Stores series as they come, a batch for each piece of them, and lets others have the thread in between.
// Comes from: remote/long-body, otlp/receiver. Goes to: remote/receiver.
import { pauses } from "@narthex/tsdb";
import {
  newWritten,
  type ReceiverOptions,
  type ReceiverRules,
  type SeriesContent,
  storeReceived,
  type Written,
} from "./receiver.js";
import { Refusals } from "./refusals.js";

/** In samples, roughly: of a piece some milliseconds, most of them where series are new. */
const pieceCostMax = 3000;
const seriesCost = 15;
const histogramCost = 8;
const exemplarCost = 3;

/** `received`: undefined between steps of other work. Rejects where the storage cannot be written; earlier pieces are then stored. */
export async function storePieces<Series extends SeriesContent>(
  received: Iterable<Series | undefined>,
  rules: ReceiverRules<Series>,
  options: ReceiverOptions,
): Promise<Written> {
  const pause = pauses();
  const refusals = options.refusals ?? new Refusals();
  const written = newWritten(refusals);
  const store = (piece: readonly Series[]): void => add(written, storeReceived(piece, rules, { ...options, refusals }));
  let piece: Series[] = [];
  let cost = 0;
  for (const series of received) {
    for (const part of series ? partsOf(series) : []) {
      piece.push(part);
      cost += costOf(part);
      if (cost < pieceCostMax) continue;
      store(piece);
      piece = [];
      cost = 0;
      await pause();
    }
    if (series === undefined) await pause();
  }
  store(piece);
  return written;
}

function add(to: Written, written: Written): void {
  to.samples += written.samples;
  to.histograms += written.histograms;
  to.exemplars += written.exemplars;
  to.exemplarsOutOfOrder += written.exemplarsOutOfOrder;
  to.withInvalidLabels += written.withInvalidLabels;
  to.withoutMetadata += written.withoutMetadata;
}

function costOf({ samples, histograms, exemplars }: SeriesContent): number {
  return seriesCost + samples.length + histogramCost * histograms.length + exemplarCost * exemplars.length;
}

/** What of one series is stored at once. One with samples and histograms stays whole: version 2 forbids it. */
function partsOf<Series extends SeriesContent>(series: Series): Series[] {
  const { samples, histograms, exemplars } = series;
  if (costOf(series) <= pieceCostMax || (samples.length > 0 && histograms.length > 0)) return [series];
  const parts: Series[] = [];
  const partSize = histograms.length > 0 ? pieceCostMax / histogramCost : pieceCostMax;
  const count = Math.max(samples.length, histograms.length);
  for (let from = 0; from < count; from += partSize) {
    const rows = [from, from + partSize] as const;
    parts.push({
      ...series,
      samples: samples.slice(...rows),
      histograms: histograms.slice(...rows),
      exemplars: from + partSize < count ? [] : exemplars,
    });
  }
  return parts;
}
