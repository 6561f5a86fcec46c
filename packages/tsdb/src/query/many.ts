// Many series are decoded by one call of the kernel, where their chunks are plain and in its memory.
// Comes from: queriers. A series that is otherwise ends the run, and is read by itself.
import type { SeriesRows, SeriesSource } from "@narthex/model";
import type { ChunkPages } from "../block/chunk-pages.js";
import type { ChunkWindow } from "../chunk/encoding.js";

/** Where a source's chunks are decoded, and what of them. */
export interface RunPlace {
  readonly pages: ChunkPages;
  readonly window: ChunkWindow;
}

export interface RunSource extends SeriesSource {
  readonly place: RunPlace | undefined;
  /**
   * Adds its chunks to the run in its pages' decoder, all behind the time `after`. Returns the time of the last; NaN where it is to be
   * read by itself: then some may have been added.
   */
  addToRun(after: number): number;
}

/** As `Querier.readMany`. */
export function readMany(sources: readonly SeriesSource[], first: number, rows: SeriesRows): number {
  const lead = sources[first];
  const place = lead && placeOf(lead);
  if (!place?.pages.beginMany(place.window)) return 0;
  const { decoder } = place.pages;
  const end = Math.min(sources.length, first + Math.min(decoder.seriesMax, rows.ends.length));
  for (let i = first; i < end; i++) {
    const source = sources[i] as SeriesSource | RunSource;
    if (!("addToRun" in source) || Number.isNaN(source.addToRun(Number.NEGATIVE_INFINITY))) break;
    decoder.endSeries();
  }
  return decoder.decodeMany(rows);
}

export function placeOf(source: SeriesSource | RunSource): RunPlace | undefined {
  return "place" in source ? source.place : undefined;
}
