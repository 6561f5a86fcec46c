// Where the parsers put rows: the columns, and the slots of a target's cache.
import type { ExpositionColumns } from "./columns.js";
import type { SeriesCache } from "./series-cache.js";

/** Made once per body. */
export interface Sink {
  readonly into: ExpositionColumns;
  readonly cache: SeriesCache | undefined;
}

/** Adds a row without timestamp and with no value yet; `isExpected`: the cache has just recognised the key. */
export function appendRow(sink: Sink, keyStart: number, keyEnd: number, isExpected: boolean): number {
  const { into, cache } = sink;
  into.reserve();
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
