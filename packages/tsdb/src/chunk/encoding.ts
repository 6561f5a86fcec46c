// The kinds of chunk, by the encoding byte in front of their data (docs/formats/chunk.md).
// Those with start times are of Prometheus 3: 2.42 does not read them.
export const chunkEncoding = {
  xor: 1,
  histogram: 2,
  floatHistogram: 3,
  xor2: 4,
  histogramWithStarts: 5,
  floatHistogramWithStarts: 6,
} as const;

export type ChunkEncoding = (typeof chunkEncoding)[keyof typeof chunkEncoding];

/** A chunk's data (without encoding byte and checksum): bytes[start, end). Borrowed; valid until its owner says otherwise. */
export interface ChunkData {
  readonly encoding: ChunkEncoding;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where it stands, when it is the head's and was read from a file. */
  readonly origin?: { readonly file: string; readonly offset: number };
  /** Of the encoding byte and the data, as a block has it: whoever copies them need not work it out again. */
  readonly checksum?: number;
}

/** What a reader wants of a chunk: samples with `after` < t <= `end`. */
export interface ChunkWindow {
  readonly after: number;
  readonly end: number;
}

/** Every chunk begins with its sample count, two bytes; histograms with start times keep their flags in the two highest bits. */
export function sampleCountOf(chunk: ChunkData): number {
  const count = (chunk.bytes[chunk.start]! << 8) | chunk.bytes[chunk.start + 1]!;
  return chunk.encoding >= chunkEncoding.histogramWithStarts ? count & 0x3fff : count;
}

export function isChunkEncoding(value: number): value is ChunkEncoding {
  return value >= chunkEncoding.xor && value <= chunkEncoding.floatHistogramWithStarts;
}

export function isFloatEncoding(encoding: ChunkEncoding): boolean {
  return encoding === chunkEncoding.xor || encoding === chunkEncoding.xor2;
}
