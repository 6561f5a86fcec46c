// Makes a block of the head's oldest hours.
// Comes from: head. Goes to: compact/write-block. Series stream through in order of labels.
import { compareUtf8 } from "@narthex/stdx";
import type { ChunkEncoding } from "../chunk/encoding.js";
import type { Head } from "../head/head.js";
import { type BlockSpan, type SourceChunk, seriesChunks } from "./series-chunks.js";
import { type BlockPlace, type SeriesContent, writeBlock } from "./write-block.js";

/** Writes the head's samples in the span to a block; returns its folder, or undefined when there are none. */
export async function writeHeadBlock(head: Head, span: BlockSpan, place: BlockPlace): Promise<string | undefined> {
  const { symbols, ...rows } = sortedHead(head);
  return writeBlock(place, symbols, {
    meta: { ...span, compaction: { level: 1, sources: [place.ulid] } },
    series: headSeries(head, rows, span),
  });
}

function* headSeries(
  head: Head,
  { slots, refs }: { readonly slots: Uint32Array; readonly refs: Uint32Array },
  span: BlockSpan,
): Generator<SeriesContent> {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    // The series may have gone meanwhile, and its slot have another.
    if (head.series.ref[slot] !== refs[i]) continue;
    const chunks = seriesChunks(headChunks(head, slot, span), span);
    if (chunks.length > 0) yield { labels: head.labelsOf(slot), chunks };
  }
}

/** Symbols as sorted texts; slots and refs of all series in order of labels, compared by their pairs' ranks. */
function sortedHead(head: Head): { symbols: string[]; slots: Uint32Array; refs: Uint32Array } {
  const { series } = head;
  const symbols = head.symbols.texts().sort(compareUtf8);
  const pairs = head.pairs.sorted((symbol) => head.symbols.text(symbol));
  const ranks = new Uint32Array(pairs.reduce((most, pair) => Math.max(most, pair), 0) + 1);
  pairs.forEach((pair, rank) => {
    ranks[pair] = rank;
  });
  const all = Uint32Array.from({ length: series.slotEnd }, (_, slot) => slot);
  const slots = all.filter((slot) => series.ref[slot] !== 0);
  slots.sort((a, b) => compareRanks(head.pairsOf(a), head.pairsOf(b), ranks));
  return { symbols, slots, refs: slots.map((slot) => series.ref[slot]!) };
}

function compareRanks(a: Uint32Array, b: Uint32Array, ranks: Uint32Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return ranks[a[i]!]! - ranks[b[i]!]!;
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
