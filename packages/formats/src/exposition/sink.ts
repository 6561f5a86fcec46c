// Where the parsers put rows: the columns, and the slots of a target's cache.
import type { ExpositionColumns } from "./columns.js";
import type { KnownLines } from "./known-lines.js";
import type { SeriesCache } from "./series-cache.js";

/** What is to become of rows that can be read in two ways. */
export interface RowOptions {
  /** What becomes of histograms that come as native ones; "only" if left out: their classic form is then not read. */
  readonly nativeHistograms?: "only" | "both" | "ignore" | undefined;
  /**
   * What becomes of classic histograms; "keep" if left out. "convert" makes one with custom buckets of each, "both" keeps the
   * classic series beside it.
   */
  readonly classicHistograms?: "keep" | "convert" | "both" | undefined;
  /** OpenMetrics' `_created` lines say when counting began, instead of being series. */
  readonly readsCreated?: boolean | undefined;
}

/** Made once per body. */
export interface Sink extends RowOptions {
  readonly into: ExpositionColumns;
  readonly cache: SeriesCache | undefined;
}

/** What reads the body's lines that came before, ready for its first line; undefined where there is no telling, or no kernel. */
export function knownLinesOf({ into, cache }: Sink): KnownLines | undefined {
  if (cache === undefined) return undefined;
  into.knownLines?.begin(cache);
  return into.knownLines;
}

/** Adds a row without timestamp and with no value yet; `isExpected`: the cache has just recognised the key. */
export function appendRow(sink: Sink, keyStart: number, keyEnd: number, isExpected: boolean): number {
  const { into, cache } = sink;
  into.reserve(1);
  const row = into.count++;
  into.keyStart[row] = keyStart;
  into.keyEnd[row] = keyEnd;
  into.t[row] = NaN;
  if (cache === undefined) return row;
  into.slots[row] = isExpected ? cache.slot : slotOf(sink, keyStart, keyEnd);
  return row;
}

function slotOf(sink: Sink, start: number, end: number): number {
  const { into } = sink;
  const cache = sink.cache as SeriesCache;
  const found = cache.find(into.keys, start, end);
  if (found >= 0) return found;
  into.newRows.push(into.count - 1);
  return cache.add(into.keys, start, end);
}

/** Gives every row its slot, where keys became known only after the rows. */
export function assignSlots(into: ExpositionColumns, cache: SeriesCache): void {
  const { keys, keyStart, keyEnd } = into;
  cache.attach(keys);
  for (let row = 0; row < into.count; row++) {
    const start = keyStart[row]!;
    if (cache.matchNext(start) === keyEnd[row]!) {
      into.slots[row] = cache.slot;
      continue;
    }
    const found = cache.find(keys, start, keyEnd[row]!);
    if (found < 0) into.newRows.push(row);
    into.slots[row] = found < 0 ? cache.add(keys, start, keyEnd[row]!) : found;
  }
}
