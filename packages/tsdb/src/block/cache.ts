// What all open blocks of a database keep in memory of their files, each kind within a bound.
import { DecodedChunks } from "./decoded-chunks.js";
import { PageCache } from "./paged-file.js";
import { SeriesCache } from "./series-cache.js";

/** About 500 bytes each. */
const seriesMax = 40_000;

export class BlockCache {
  readonly pages: PageCache;
  readonly series: SeriesCache = new SeriesCache(seriesMax);
  readonly decoded: DecodedChunks;
  #blocksOpened = 0;

  /** Half of the bytes are for pages, half for decoded chunks. */
  constructor(bytesMax: number) {
    this.pages = new PageCache(bytesMax / 2);
    this.decoded = new DecodedChunks(bytesMax / 2);
  }

  nextBlockKey(): number {
    return this.#blocksOpened++;
  }
}
