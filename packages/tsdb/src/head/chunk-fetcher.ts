// Reads chunks of chunks_head for who reads every chunk once, in an order that is not the files': each by itself, or many
// gathered before, in the order in which they stand.
// Comes from: compact/head-block, whose series are in order of labels, while files are in order of time.
import { assert, type File, type FileSystem } from "@narthex/stdx";
import type { ChunkData } from "../chunk/encoding.js";
import { type ChunkPlace, checkedChunk, chunkAroundBytesMax, chunkFilePath } from "./chunk-files.js";

/** Bytes of chunks that are gathered at once; a longer chunk is gathered alone. */
export const gatheredBytesMax: number = 16 * 1024 * 1024;
/** Read in one call, and bytes between two chunks that are read to save a call. */
const runBytesMax = 1024 * 1024;
const gapBytesMax = 16 * 1024;

/** Chunks of a file that are read in one call, by their places in the order wanted. */
interface Run {
  readonly from: number;
  readonly end: number;
  readonly indexes: Float64Array;
}

export class ChunkFetcher {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #files = new Map<number, File>();
  /** The chunks gathered, one behind the other; where a run is read to, too, so that its chunks move within the array. */
  #bytes = new Uint8Array(0);
  #places: readonly ChunkPlace[] = [];
  #starts: number[] = [];
  #next = 0;

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
  }

  /** Reads the chunks, which `read` is then asked for in their order; those gathered before are gone. */
  gather(places: readonly ChunkPlace[]): void {
    this.#places = places;
    this.#next = 0;
    this.#starts = [];
    let size = 0;
    const indexes = new Map<number, number[]>();
    for (const [i, { file, length }] of places.entries()) {
      this.#starts.push(size);
      size += length + chunkAroundBytesMax;
      const ofFile = indexes.get(file);
      if (ofFile) ofFile.push(i);
      else indexes.set(file, [i]);
    }
    if (this.#bytes.length < size + runBytesMax) this.#bytes = new Uint8Array(size + runBytesMax);
    for (const [file, ofFile] of indexes) this.#gatherFile(file, ofFile, size);
  }

  #gatherFile(number: number, unordered: readonly number[], runStart: number): void {
    const places = this.#places;
    const indexes = inOrderOfPosition(unordered, places);
    const file = this.#file(number);
    for (let i = 0; i < indexes.length; ) {
      const from = places[indexes[i]!]!.position;
      let end = endOf(places[indexes[i]!]!);
      let next = i + 1;
      for (; next < indexes.length; next++) {
        const place = places[indexes[next]!]!;
        if (place.position - end > gapBytesMax || endOf(place) - from > runBytesMax) break;
        end = Math.max(end, endOf(place));
      }
      this.#readRun(file, { from, end, indexes: indexes.subarray(i, next) }, runStart);
      i = next;
    }
  }

  #readRun(file: File, { from, end, indexes }: Run, runStart: number): void {
    const bytes = this.#bytes;
    const isLong = end - from > runBytesMax;
    // A chunk longer than a run is alone in it.
    const target = isLong ? this.#starts[indexes[0]!]! : runStart;
    const count = file.read(bytes.subarray(target, target + end - from), from);
    // What the file does not have must not be taken from the run before.
    if (count < end - from) bytes.fill(0, target + count, target + end - from);
    if (isLong) return;
    for (const i of indexes) {
      const place = this.#places[i]!;
      const at = runStart + place.position - from;
      bytes.copyWithin(this.#starts[i]!, at, at + endOf(place) - place.position);
    }
  }

  /** The data of a chunk, checked. Borrowed until the next `gather`. */
  read(place: ChunkPlace): ChunkData {
    const path = chunkFilePath(this.#folder, place.file);
    if (this.#places.length > 0) {
      const i = this.#next++;
      const gathered = this.#places[i];
      assert(gathered?.file === place.file && gathered.position === place.position, "chunks are read as gathered");
      const start = this.#starts[i]!;
      return checkedChunk(this.#bytes, place, path, start);
    }
    const bytes = new Uint8Array(place.length + chunkAroundBytesMax);
    const count = this.#file(place.file).read(bytes, place.position);
    return checkedChunk(bytes.subarray(0, count), place, path);
  }

  #file(number: number): File {
    const file = this.#files.get(number) ?? this.#fileSystem.open(chunkFilePath(this.#folder, number), "read");
    this.#files.set(number, file);
    return file;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }
}

function endOf(place: ChunkPlace): number {
  return place.position + place.length + chunkAroundBytesMax;
}

const indexBits = 2 ** 20;

/** Positions and indexes in one number each: sorting numbers needs no function. REQUIRES: less than 2^20 places, positions below 2^33. */
function inOrderOfPosition(indexes: readonly number[], places: readonly ChunkPlace[]): Float64Array {
  const keys = Float64Array.from(indexes, (i) => places[i]!.position * indexBits + i).sort();
  for (let i = 0; i < keys.length; i++) keys[i]! %= indexBits;
  return keys;
}
