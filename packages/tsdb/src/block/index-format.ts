// The layout of a block's index file (docs/formats/index.md), shared by its reader and writer.
export const indexMagic = 0xbaaad700;
export const indexVersion = 2;
export const indexHeaderBytes = 5;
/** Six references of 8 bytes and a checksum. */
export const tocBytes = 52;
/** In version 2 series begin at multiples of 16, and a series ref is its offset / 16. */
export const seriesAlignment = 16;

/** Where the sections begin; 0 for one that is not there. */
export interface IndexToc {
  readonly symbols: number;
  readonly series: number;
  readonly labelIndices: number;
  readonly labelIndicesTable: number;
  readonly postings: number;
  readonly postingsTable: number;
}

/** Where a chunk is and what it spans; both times inclusive. `ref` is segment × 2^32 + offset. */
export interface ChunkMeta {
  readonly minTime: number;
  readonly maxTime: number;
  readonly ref: number;
}

/** A chunk of a series that stays in memory. */
export interface CachedChunk extends ChunkMeta {
  /** Its checksum was compared. Chunks never change, so that once is enough while the entry is there. */
  isChecked: boolean;
}
