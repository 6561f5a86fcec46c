// Reads files of chunks_head for who reads every chunk once: a chunk, or a run of many.
// Comes from: compact/head-block and compact/head-rows, whose series are in order of labels, while files are in order of time.
import type { File, FileSystem } from "@narthex/stdx";
import type { ChunkData } from "../chunk/encoding.js";
import { type ChunkPlace, checkedChunk, chunkAroundBytesMax, chunkFilePath } from "./chunk-files.js";

export class ChunkFetcher {
  readonly #fileSystem: FileSystem;
  readonly #folder: string;
  readonly #files = new Map<number, File>();

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.#folder = folder;
  }

  /** Bytes of a file from `position` on into `target`; zeros where the file has none. */
  readInto(target: Uint8Array, file: number, position: number): void {
    const count = this.#file(file).read(target, position);
    // What stood there must not be taken for a chunk.
    if (count < target.length) target.fill(0, count);
  }

  /** The data of a chunk, checked. */
  read(place: ChunkPlace): ChunkData {
    const bytes = new Uint8Array(place.length + chunkAroundBytesMax);
    const count = this.#file(place.file).read(bytes, place.position);
    return checkedChunk(bytes.subarray(0, count), place, chunkFilePath(this.#folder, place.file));
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
