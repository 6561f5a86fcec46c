// Makes blocks of what came out of order, one for each block range that has some; they may overlap other blocks.
// Comes from: compact/maintenance, after the head was compacted, and before a deletion. Goes to: block/writer. The
// write-behind log is shortened when the blocks stand.
import { compareLabels, type Labels, SampleColumns, type SeriesRef } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { outOfOrderHint } from "../block/meta.js";
import { decodeHeadChunk } from "../chunk/decode.js";
import type { Head } from "../head/head.js";
import type { OutOfOrderChunk } from "../head/out-of-order.js";
import { type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type BlockPlace, type SeriesContent, writeBlock } from "./write-block.js";

/** What a compaction takes: it stays in memory until `drop`. */
interface Taken {
  readonly ref: SeriesRef;
  readonly labels: Labels;
  readonly chunks: readonly OutOfOrderChunk[];
}

/**
 * Writes the blocks; `newPlace` names one. Returns their folders, and how many chunks of each series they hold. Chunks
 * that come meanwhile are not in them.
 */
export async function writeOutOfOrderBlocks(
  head: Head,
  newPlace: () => BlockPlace,
): Promise<{ readonly folders: string[]; readonly counts: ReadonlyMap<SeriesRef, number> }> {
  const taken = await takeAll(head, newPlace().pause);
  const folders: string[] = [];
  try {
    for (const minTime of rangeStarts(head, taken)) {
      const folder = await writeRange(head, taken, { minTime, place: newPlace() });
      if (folder) folders.push(folder);
    }
  } catch (error) {
    // The samples stay where they are; half of them twice would do no harm, but take room.
    for (const folder of folders) newPlace().fileSystem.removeTree(folder);
    throw error;
  }
  return { folders, counts: new Map(taken.map(({ ref, chunks }) => [ref, chunks.length])) };
}

/** Series between two pauses: some milliseconds (head/late-batch.bench.ts). */
const sliceSeries = 64;

/** In order of labels; what comes meanwhile is taken or not. */
async function takeAll(head: Head, pause: () => Promise<void>): Promise<Taken[]> {
  const { outOfOrder, series } = head;
  const refs = outOfOrder.refs();
  const taken: Taken[] = [];
  for (let from = 0; from < refs.length; from += sliceSeries) {
    const slice = refs.slice(from, from + sliceSeries);
    // Without markers: should this fail, a restart takes the samples from the log.
    outOfOrder.close(slice);
    for (const ref of slice) {
      taken.push({ ref, labels: head.labelsOf(series.slotOf(ref)), chunks: [...outOfOrder.chunksOf(ref)] });
    }
    await pause();
  }
  return taken.sort((a, b) => compareLabels(a.labels, b.labels));
}

/** Begins of the block ranges that have a sample, ascending. */
function rangeStarts(head: Head, taken: readonly Taken[]): number[] {
  const { blockRangeMs } = head;
  const startOf = (t: number): number => Math.floor(t / blockRangeMs) * blockRangeMs;
  const starts = new Set<number>();
  const columns = new SampleColumns();
  for (const chunk of taken.flatMap(({ chunks }) => chunks)) {
    starts.add(startOf(chunk.minTime));
    if (startOf(chunk.minTime) === startOf(chunk.maxTime)) continue;
    columns.clear();
    decodeHeadChunk(head.outOfOrder.dataOf(chunk), columns, { after: Number.NEGATIVE_INFINITY, end: chunk.maxTime });
    for (const t of columns.t.subarray(0, columns.count)) starts.add(startOf(t));
  }
  return [...starts].sort((a, b) => a - b);
}

async function writeRange(
  head: Head,
  taken: readonly Taken[],
  range: { readonly minTime: number; readonly place: BlockPlace },
): Promise<string | undefined> {
  const { minTime, place } = range;
  const span = { minTime, maxTime: minTime + head.blockRangeMs };
  const inside = taken.filter(({ chunks }) =>
    chunks.some((chunk) => chunk.minTime < span.maxTime && chunk.maxTime >= span.minTime),
  );
  const symbols = new Set(inside.flatMap(({ labels }) => [...labels]));
  return writeBlock(place, [...symbols].sort(compareUtf8), {
    meta: { ...span, compaction: { level: 1, sources: [place.ulid], hints: [outOfOrderHint] } },
    series: contents(head, inside, span),
  });
}

function* contents(
  head: Head,
  taken: readonly Taken[],
  span: { readonly minTime: number; readonly maxTime: number },
): Generator<SeriesContent> {
  for (const { labels, chunks } of taken) {
    const sources = chunks.map((chunk): SourceChunk => {
      const { minTime, maxTime } = chunk;
      return { minTime, maxTime, data: head.outOfOrder.dataOf(chunk), deleted: [], origin: "chunks_head" };
    });
    const written = seriesChunks(sources, span);
    if (written.length > 0) yield { labels, chunks: written };
  }
}
