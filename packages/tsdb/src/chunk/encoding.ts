// The kinds of chunk, by the encoding byte in front of their data (docs/formats/chunk.md).
export const chunkEncoding = { xor: 1, histogram: 2, floatHistogram: 3 } as const;

export type ChunkEncoding = (typeof chunkEncoding)[keyof typeof chunkEncoding];

/** A chunk's data (without encoding byte and checksum): bytes[start, end). Borrowed; valid until its owner says otherwise. */
export interface ChunkData {
  readonly encoding: ChunkEncoding;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a reader wants of a chunk: samples with `after` < t <= `end`. */
export interface ChunkWindow {
  readonly after: number;
  readonly end: number;
}

/** Every chunk begins with its sample count, two bytes. */
export function sampleCountOf(chunk: ChunkData): number {
  return (chunk.bytes[chunk.start]! << 8) | chunk.bytes[chunk.start + 1]!;
}

export function isChunkEncoding(value: number): value is ChunkEncoding {
  return value >= 1 && value <= 3;
}
