// The head, handed over slice by slice for a block: which series there are, and where their chunks stand.
// Comes from: compact/maintenance, on the thread that owns the head. Goes to: compact/head-block, on this thread or in a worker.
import type { SeriesRef } from "@narthex/model";
import type { Head } from "../head/head.js";
import type { Slab } from "../head/memory.js";
import { encodeHeadSeries, encodeLateSeries } from "../view/head-encode.js";
import type { HeadView } from "../view/head-view.js";
import type { BlockSpan } from "./series-chunks.js";

/** A few ms of the owner's thread, while the code is cold (view/view.bench.ts). */
const sliceSeriesMax = 512;

export interface HeadSlice {
  readonly view: HeadView;
  /** Slabs of the arena that came since the last slice, in order. */
  readonly slabs: readonly Slab[];
}

/**
 * Slices of the series with samples in the span. They may be taken at different moments, since samples of a span that is
 * old enough for a block come no more. REQUIRES: the head is pinned until the block is written.
 */
export function* headSlices(head: Head, span: BlockSpan): Generator<HeadSlice> {
  const range = { start: span.minTime, end: span.maxTime - 1 };
  let slabs = 0;
  for (let slot = 1; slot < head.series.slotEnd; slot += sliceSeriesMax) {
    const refs = head.series.ref.subarray(slot, Math.min(slot + sliceSeriesMax, head.series.slotEnd)).filter(Boolean);
    const view = encodeHeadSeries(head, refs, range);
    const added = head.arena.slabsFrom(slabs);
    slabs += added.length;
    yield { view, slabs: added };
  }
}

/** As `headSlices`, of some series. What comes to them meanwhile is in the slices or not. */
export function* chosenSlices(head: Head, span: BlockSpan, chosen: readonly SeriesRef[]): Generator<HeadSlice> {
  const range = { start: span.minTime, end: span.maxTime - 1 };
  let slabs = 0;
  for (let from = 0; from < chosen.length; from += sliceSeriesMax) {
    const slice = chosen.slice(from, from + sliceSeriesMax);
    // One may have left the head.
    const refs = Uint32Array.from(slice.filter((ref) => head.series.slotOf(ref) !== 0));
    const view = encodeHeadSeries(head, refs, range);
    const added = head.arena.slabsFrom(slabs);
    slabs += added.length;
    yield { view, slabs: added };
  }
}

/** Series between two pauses: some milliseconds (head/late-batch.bench.ts). */
const lateSliceSeries = 64;

/**
 * Slices of all that came late; what comes meanwhile is in them or not. `counts` is told how many chunks of each series are.
 * Ends open chunks without markers: should this fail, a restart takes their samples from the log.
 */
export function* lateSlices({
  head,
  counts,
}: {
  readonly head: Head;
  readonly counts: Map<SeriesRef, number>;
}): Generator<HeadSlice> {
  const refs = head.outOfOrder.refs();
  for (let from = 0; from < refs.length; from += lateSliceSeries) {
    const slice = refs.slice(from, from + lateSliceSeries);
    head.outOfOrder.close(slice);
    for (const ref of slice) counts.set(ref, head.outOfOrder.chunksOf(ref).length);
    yield { view: encodeLateSeries(head, slice), slabs: [] };
  }
}
