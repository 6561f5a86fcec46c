// Slices of what crosses from the head to who makes blocks, and those of what came late. compact/head-source has the others.
// Comes from: compact/maintenance, on the thread that owns the head. Goes to: compact/out-of-order, on this thread or in a worker.
import type { SeriesRef } from "@narthex/model";
import type { Head } from "../head/head.js";
import type { Slab } from "../head/memory.js";
import { encodeLateSeries } from "../view/head-encode.js";
import type { HeadView } from "../view/head-view.js";

export interface HeadSlice {
  readonly view: HeadView;
  /** Slabs of the arena that came since the last slice, in order. */
  readonly slabs: readonly Slab[];
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
