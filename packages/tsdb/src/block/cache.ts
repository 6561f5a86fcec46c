// What all open blocks of a database keep in memory of their files, each kind within a bound.
import { PageCache } from "./paged-file.js";
import { SeriesCache } from "./series-cache.js";

/** About 500 bytes each. */
const seriesMax = 40_000;

export class BlockCache {
  readonly pages: PageCache;
  readonly series: SeriesCache = new SeriesCache(seriesMax);
  #blocksOpened = 0;

  /** The bytes are for pages of files, which the system has in memory as well: they save calls, so that a few are enough. */
  constructor(bytesMax: number) {
    this.pages = new PageCache(bytesMax);
  }

  nextBlockKey(): number {
    return this.#blocksOpened++;
  }
}
