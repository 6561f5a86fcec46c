// Makes a block of the head's oldest hours.
// Comes from: head. Goes to: compact/write-block. Series stream through in order of labels.
import { compareUtf8 } from "@narthex/stdx";
import type { ChunkEncoding } from "../chunk/encoding.js";
import type { Head } from "../head/head.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type BlockPlace, type SeriesContent, writeBlock } from "./write-block.js";

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
