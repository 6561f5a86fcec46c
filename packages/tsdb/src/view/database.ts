// A view of the whole database for another thread: selected series of the head, and the blocks there are.
// Comes from: Tsdb.view, on the thread that opened the database. Goes to: view/reader.
import type { Block } from "../block/block.js";
import type { Blocks } from "../block/blocks.js";
import type { Head } from "../head/head.js";
import type { Slices } from "../pause.js";
import { headViewSteps } from "./head-encode.js";
import { buffersOf, type HeadView, type TimedSelection } from "./head-view.js";

/** To be sent to another thread, together with the arena's slabs that it does not have yet. */
export interface TsdbView {
  /** Of the selections that reach the head; undefined where none does. */
  readonly head: HeadView | undefined;
  /** What ends before has nothing in the head. */
  readonly headMinTime: number;
  readonly blocks: readonly ViewBlock[];
}

/** In order of time. `tombstoneVersion` changes with each deletion. */
export interface ViewBlock {
  readonly ulid: string;
  readonly minTime: number;
  readonly maxTime: number;
  readonly tombstoneVersion: number;
}

/** Everything that the view names stays readable until `release`. */
export interface LeasedView {
  readonly view: TsdbView;
  /** Buffers of the view, for the transfer list of the message. */
  readonly buffers: ArrayBuffer[];
  readonly release: () => void;
}

export interface ViewSource {
  readonly head: Head;
  readonly blocks: Blocks;
  readonly slices: Slices;
}

/** Rejects with the signal's reason when it is aborted first. */
export async function leaseView(
  { head, blocks, slices }: ViewSource,
  selections: readonly TimedSelection[],
  signal?: AbortSignal,
): Promise<LeasedView> {
  const headMinTime = Math.min(head.minTime, head.outOfOrder.minTime);
  const inHead = selections.filter(({ end }) => headMinTime <= end);
  const unpin = head.pins.pin();
  try {
    const view = inHead.length > 0 ? await slices.run(headViewSteps(head, inHead), signal) : undefined;
    // Blocks after the head: what has left the head meanwhile is in one of them. What is in both counts once.
    return leaseBlocks(blocks, selections, { head: view, headMinTime, unpin });
  } catch (error) {
    unpin();
    throw error;
  }
}

function leaseBlocks(
  blocks: Blocks,
  selections: readonly TimedSelection[],
  { head, headMinTime, unpin }: Omit<TsdbView, "blocks"> & { readonly unpin: () => void },
): LeasedView {
  const isWanted = (block: Block): boolean => selections.some((selection) => block.overlaps(selection));
  const queriers = blocks
    .list()
    .filter(isWanted)
    .map((block) => block.querier());
  const release = (): void => {
    unpin();
    for (const querier of queriers) querier.close();
  };
  return { view: { head, headMinTime, blocks: viewBlocks(blocks) }, buffers: head ? buffersOf(head) : [], release };
}

export function viewBlocks(blocks: Blocks): ViewBlock[] {
  return blocks.list().map(({ meta, tombstoneVersion }) => ({
    ulid: meta.ulid,
    minTime: meta.minTime,
    maxTime: meta.maxTime,
    tombstoneVersion,
  }));
}
