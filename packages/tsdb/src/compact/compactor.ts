// Makes blocks: of the head's oldest hours, and of smaller blocks.
// Comes from: head, block. Goes to: block/writer. Series stream through in order of labels; nothing holds a whole block.
import { compareLabels, type Labels } from "@narthex/model";
import { compareUtf8, type FileSystem } from "@narthex/stdx";
import type { Block } from "../block/block.js";
import type { BlockMeta } from "../block/meta.js";
import { BlockWriter, type TimedChunk } from "../block/writer.js";
import type { ChunkEncoding } from "../chunk/encoding.js";
import type { Head } from "../head/head.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";

export interface BlockPlace {
  readonly fileSystem: FileSystem;
  /** The data directory. */
  readonly directory: string;
  readonly ulid: string;
  /** Called between series, so that a long compaction does not hold up the process. */
  readonly pause: () => Promise<void>;
}

/** Writes the head's samples in the span to a block; returns its folder, or undefined when there are none. */
export async function writeHeadBlock(head: Head, span: BlockSpan, place: BlockPlace): Promise<string | undefined> {
  const { symbols, slots } = sortedHead(head);
  return writeBlock(place, symbols, {
    meta: { ...span, compaction: { level: 1, sources: [place.ulid] } },
    series: headSeries(head, slots, span),
  });
}

function* headSeries(
  head: Head,
  slots: readonly { readonly slot: number; readonly ref: number }[],
  span: BlockSpan,
): Generator<SeriesContent> {
  for (const { slot, ref } of slots) {
    if (head.series.ref[slot] !== ref) continue;
    const chunks = seriesChunks(headChunks(head, slot, span), span);
    if (chunks.length > 0) yield { labels: head.labelsOf(slot), chunks };
  }
}

interface SeriesContent {
  readonly labels: Labels;
  readonly chunks: readonly TimedChunk[];
}

interface BlockContent {
  readonly meta: Pick<BlockMeta, "minTime" | "maxTime" | "compaction">;
  /** In order of labels. */
  readonly series: Iterable<SeriesContent>;
}

async function writeBlock(
  place: BlockPlace,
  symbols: Iterable<string>,
  content: BlockContent,
): Promise<string | undefined> {
  const writer = new BlockWriter(place.fileSystem, place, symbols);
  try {
    for (const { labels, chunks } of content.series) {
      writer.addSeries(labels, chunks);
      await place.pause();
    }
    if (writer.seriesCount > 0) return writer.finish(content.meta);
  } catch (error) {
    writer.abandon();
    throw error;
  }
  writer.abandon();
  return undefined;
}

/** Symbols as sorted texts; series in order of labels, compared by the symbols' ranks, without making label sets. */
function sortedHead(head: Head): { symbols: string[]; slots: { slot: number; ref: number }[] } {
  const ids = head.symbols.ids().sort((a, b) => compareUtf8(head.symbols.text(a), head.symbols.text(b)));
  const symbols = ids.map((id) => head.symbols.text(id));
  const ranks = new Uint32Array(Math.max(0, ...ids) + 1);
  ids.forEach((id, rank) => {
    ranks[id] = rank;
  });
  const slots: { slot: number; ref: number; labels: Uint32Array }[] = [];
  for (let slot = 1; slot < head.series.slotEnd; slot++) {
    const ref = head.series.ref[slot]!;
    if (ref !== 0) slots.push({ slot, ref, labels: head.labelSymbols(slot).map((id) => ranks[id]!) });
  }
  slots.sort((a, b) => compareRanks(a.labels, b.labels));
  return { symbols, slots };
}

function compareRanks(a: Uint32Array, b: Uint32Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function headChunks(head: Head, slot: number, span: BlockSpan): SourceChunk[] {
  const { series, closed } = head;
  const deleted = head.deleted.of(series.ref[slot]!);
  const chunks: SourceChunk[] = [];
  for (let entry = series.closedFirst[slot]!; entry !== 0; entry = closed.next[entry]!) {
    const minTime = closed.minTime[entry]!;
    const maxTime = closed.maxTime[entry]!;
    if (minTime >= span.maxTime || maxTime < span.minTime) continue;
    chunks.push({ minTime, maxTime, data: head.closedData(slot, entry), deleted, origin: "chunks_head" });
  }
  const open = head.openData(slot);
  if (open) {
    const encoding: ChunkEncoding = open.encoding;
    const data = { encoding, bytes: open.bytes.slice(open.start, open.end), start: 0, end: open.end - open.start };
    chunks.push({ minTime: series.openMinTime[slot]!, maxTime: head.lastTime(slot), data, deleted, origin: "head" });
  }
  return chunks;
}

/** Joins blocks into one, without what is deleted; undefined when nothing is left. */
export async function writeMergedBlock(blocks: readonly Block[], place: BlockPlace): Promise<string | undefined> {
  const span = {
    minTime: Math.min(...blocks.map(({ meta }) => meta.minTime)),
    maxTime: Math.max(...blocks.map(({ meta }) => meta.maxTime)),
  };
  const metas = blocks.map(({ meta }) => meta);
  const symbols = new Set<string>();
  for (const block of blocks) for (const symbol of block.index.symbols()) symbols.add(symbol);
  return writeBlock(place, [...symbols].sort(compareUtf8), {
    meta: {
      ...span,
      compaction: {
        level: Math.max(...metas.map(({ compaction }) => compaction.level)) + 1,
        sources: [...new Set(metas.flatMap(({ compaction }) => compaction.sources))].sort(),
        parents: metas.map(({ ulid, minTime, maxTime }) => ({ ulid, minTime, maxTime })),
      },
    },
    series: mergedSeries(blocks, span),
  });
}

/** A place in the ordered series of one block. */
interface Cursor {
  readonly block: Block;
  readonly refs: Uint32Array;
  next: number;
  labels: Labels;
  chunks: SourceChunk[];
}

function* mergedSeries(blocks: readonly Block[], span: BlockSpan): Generator<SeriesContent> {
  const cursors = blocks.map((block): Cursor => {
    // A series ref is its place in the file, and the file is in order of labels.
    const refs = block.index.allPostings();
    return { block, refs, next: 0, labels: [] as unknown as Labels, chunks: [] };
  });
  let live = cursors.filter(advance);
  while (live.length > 0) {
    const least = live.reduce((a, b) => (compareLabels(b.labels, a.labels) < 0 ? b : a)).labels;
    const same = live.filter((cursor) => compareLabels(cursor.labels, least) === 0);
    const chunks = seriesChunks(
      same.flatMap((cursor) => cursor.chunks),
      span,
    );
    if (chunks.length > 0) yield { labels: least, chunks };
    const ended = new Set(same.filter((cursor) => !advance(cursor)));
    live = live.filter((cursor) => !ended.has(cursor));
  }
}

/** Moves to the block's next series; false at the end. */
function advance(cursor: Cursor): boolean {
  const { block, refs } = cursor;
  if (cursor.next >= refs.length) return false;
  const ref = refs[cursor.next++]!;
  const { labels, chunks } = block.index.series(ref);
  const deleted = block.tombstones.of(ref);
  cursor.labels = labels;
  cursor.chunks = chunks.map(({ minTime, maxTime, ref: chunkRef }) => ({
    minTime,
    maxTime,
    data: block.chunks.read(chunkRef),
    deleted,
    origin: `${block.folder}/chunks`,
  }));
  return true;
}
