// A view of the whole database for another thread: selected series of the head, and the blocks there are.
// Comes from: Tsdb.view, on the thread that opened the database. Goes to: view/reader.
import type { Block } from "../block/block.js";
import type { Blocks } from "../block/blocks.js";
import type { Head } from "../head/head.js";
import { encodeHeadView } from "./head-encode.js";
import { buffersOf, type HeadView, type TimedSelection } from "./head-view.js";

/** To be sent to another thread, together with the arena's slabs that it does not have yet. */
export interface TsdbView {
  /** Undefined where the selections' times are before the head's. */
  readonly head: HeadView | undefined;
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

export function leaseView(
  stores: { readonly head: Head; readonly blocks: Blocks },
  selections: readonly TimedSelection[],
): LeasedView {
  const { head, blocks } = stores;
  const isWanted = (block: Block): boolean => selections.some((selection) => block.overlaps(selection));
  const queriers = blocks
    .list()
    .filter(isWanted)
    .map((block) => block.querier());
  const unpin = head.pins.pin();
  const headMinTime = Math.min(head.minTime, head.outOfOrder.minTime);
  const inHead = selections.filter(({ end }) => headMinTime <= end);
  const view = { head: inHead.length > 0 ? encodeHeadView(head, inHead) : undefined, blocks: viewBlocks(blocks) };
  const release = (): void => {
    unpin();
    for (const querier of queriers) querier.close();
  };
  return { view, buffers: view.head ? buffersOf(view.head) : [], release };
}

export function viewBlocks(blocks: Blocks): ViewBlock[] {
  return blocks.list().map(({ meta, tombstoneVersion }) => ({
    ulid: meta.ulid,
    minTime: meta.minTime,
    maxTime: meta.maxTime,
    tombstoneVersion,
  }));
}
