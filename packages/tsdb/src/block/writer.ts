// Makes a block: a folder `<ulid>.tmp-for-creation` that takes its name when everything in it is on the disk.
// Comes from: compact. Goes to: block/block.
import type { Labels } from "@narthex/model";
import type { FileSystem } from "@narthex/stdx";
import { type ChunkData, isFloatEncoding, sampleCountOf } from "../chunk/encoding.js";
import { Tombstones, writeTombstones } from "../tombstones.js";
import { ChunkWriter } from "./chunk-segments.js";
import { IndexWriter } from "./index-writer.js";
import { type BlockMeta, writeMeta } from "./meta.js";

export interface TimedChunk {
  readonly minTime: number;
  readonly maxTime: number;
  readonly data: ChunkData;
}

/** Series as they stand in a block, prepared for `BlockWriter.place`. Borrowed. */
export interface PreparedSeries {
  readonly chunks: Uint8Array;
  readonly entries: Uint8Array;
  readonly refs: Uint32Array;
  /** For each ref the count of its symbols, then they. */
  readonly labels: Uint32Array;
  readonly counts: { readonly samples: number; readonly floatSamples: number; readonly chunks: number };
}

export const creationSuffix = ".tmp-for-creation";
export const deletionSuffix = ".tmp-for-deletion";

export class BlockWriter {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #ulid: string;
  readonly #folder: string;
  readonly #chunks: ChunkWriter;
  readonly #index: IndexWriter;
  readonly #stats = { numSamples: 0, numFloatSamples: 0, numHistogramSamples: 0, numSeries: 0, numChunks: 0 };

  /** `symbols`: all label names and values there will be, sorted by UTF-8 bytes, each once. */
  constructor(
    fileSystem: FileSystem,
    place: {
      readonly directory: string;
      readonly ulid: string;
      /** Of a file of chunks; 512 MiB. */
      readonly segmentBytesMax?: number | undefined;
    },
    symbols: Iterable<string>,
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = place.directory;
    this.#ulid = place.ulid;
    this.#folder = `${place.directory}/${place.ulid}${creationSuffix}`;
    fileSystem.removeTree(this.#folder);
    fileSystem.makeFolder(this.#folder);
    this.#chunks = new ChunkWriter(fileSystem, `${this.#folder}/chunks`, place.segmentBytesMax);
    this.#index = new IndexWriter(fileSystem, `${this.#folder}/index`, symbols);
  }

  get seriesCount(): number {
    return this.#stats.numSeries;
  }

  /** REQUIRES: series in order of `compareLabels`; chunks in order of time, not empty, not overlapping. */
  addSeries(labels: Labels, chunks: readonly TimedChunk[]): void {
    this.addNumberedSeries(this.#index.symbolNumbers(labels), chunks);
  }

  /** As `addSeries`, with places among the symbols for labels. */
  addNumberedSeries(symbols: ArrayLike<number>, chunks: readonly TimedChunk[]): void {
    const stats = this.#stats;
    const index = this.#index;
    index.beginSeries(symbols, chunks.length);
    for (const { minTime, maxTime, data } of chunks) {
      const count = sampleCountOf(data);
      stats.numSamples += count;
      if (isFloatEncoding(data.encoding)) stats.numFloatSamples += count;
      else stats.numHistogramSamples += count;
      index.addChunk(minTime, maxTime, this.#chunks.add(data));
    }
    index.endSeries();
    stats.numSeries++;
    stats.numChunks += chunks.length;
  }

  /** Where what is prepared goes: the next chunk, how many bytes its segment has room for, and the next index entry. */
  get place(): { readonly chunkRef: number; readonly segmentRoom: number; readonly entryOffset: number } {
    const { ref, room } = this.#chunks.place;
    return { chunkRef: ref, segmentRoom: room, entryOffset: this.#index.offset };
  }

  nextSegment(): void {
    this.#chunks.nextSegment();
  }

  addPrepared({ chunks, entries, refs, labels, counts }: PreparedSeries): void {
    this.#chunks.addPrepared(chunks);
    this.#index.addPrepared(entries, refs, labels);
    const stats = this.#stats;
    stats.numSamples += counts.samples;
    stats.numFloatSamples += counts.floatSamples;
    stats.numHistogramSamples += counts.samples - counts.floatSamples;
    stats.numSeries += refs.length;
    stats.numChunks += counts.chunks;
  }

  /** A chunk whose entry comes prepared; returns its ref. */
  addChunk(data: ChunkData): number {
    return this.#chunks.add(data);
  }

  /** Makes the block durable and gives it its name; returns its folder. */
  finish(meta: Pick<BlockMeta, "minTime" | "maxTime" | "compaction">): string {
    const fileSystem = this.#fileSystem;
    this.#chunks.finish();
    this.#index.finish();
    writeTombstones(fileSystem, `${this.#folder}/tombstones`, new Tombstones());
    writeMeta(fileSystem, this.#folder, {
      ulid: this.#ulid,
      minTime: meta.minTime,
      maxTime: meta.maxTime,
      stats: this.#stats,
      compaction: meta.compaction,
      version: 1,
    });
    fileSystem.syncFolder(this.#folder);
    const folder = `${this.#directory}/${this.#ulid}`;
    fileSystem.rename(this.#folder, folder);
    fileSystem.syncFolder(this.#directory);
    return folder;
  }

  /** Takes everything back. */
  abandon(): void {
    this.#chunks.abandon();
    this.#index.abandon();
    this.#fileSystem.removeTree(this.#folder);
  }
}
