// What all open blocks of a database keep in memory of their files, each kind within a bound.
import { ChunkPages } from "./chunk-pages.js";
import { PageCache } from "./paged-file.js";
import { SelectionCache } from "./selection-cache.js";
import { SeriesCache } from "./series-cache.js";

/** About 300 bytes each. */
const seriesMax = 40_000;
/** References to those, of 8 bytes. */
const selectedMax = 80_000;
/** Of the bytes, for index files; the others are for chunks. */
const indexShare = 0.25;

export class BlockCache {
  readonly pages: PageCache;
  readonly series: SeriesCache = new SeriesCache(seriesMax);
  readonly selections: SelectionCache = new SelectionCache(selectedMax);
  readonly #chunkBytesMax: number;
  #chunkPages: ChunkPages | undefined;
  #blocksOpened = 0;

  /** The bytes are for pages of files, which the system has in memory as well: they save calls, so that a few are enough. */
  constructor(bytesMax: number) {
    this.pages = new PageCache(bytesMax * indexShare);
    this.#chunkBytesMax = bytesMax * (1 - indexShare);
  }

  /** For reading samples; who only copies chunks needs no memory for it. */
  get chunkPages(): ChunkPages {
    this.#chunkPages ??= new ChunkPages(this.#chunkBytesMax);
    return this.#chunkPages;
  }

  nextBlockKey(): number {
    return this.#blocksOpened++;
  }
}
