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

/** Where a chunk is and what it spans; both times inclusive. */
export interface ChunkMeta {
  readonly minTime: number;
  readonly maxTime: number;
  /** Segment × 2^32 + offset. */
  readonly ref: number;
}

/**
 * Where a series' chunks are and what they span: `chunkFields.count` numbers for each, as in ChunkMeta. Flat, since blocks have many: a chunk is 24 bytes.
 */
export type ChunkList = number[];

export const chunkFields = { minTime: 0, maxTime: 1, ref: 2, count: 3 } as const;
