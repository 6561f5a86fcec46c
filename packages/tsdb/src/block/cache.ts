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

  /**
   * A quarter of the bytes is for pages, which the system has in memory as well, the rest for decoded chunks: 64 MiB keep
   * 4,000 counters of 4 h at 15 s in one of the two generations.
   */
  constructor(bytesMax: number) {
    this.pages = new PageCache(bytesMax / 4);
    this.decoded = new DecodedChunks((bytesMax * 3) / 4);
  }

  nextBlockKey(): number {
    return this.#blocksOpened++;
  }
}
