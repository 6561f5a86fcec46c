// Chunks of the head on their way to the decoder: full ones where their files' pages stand in its memory, from query to query,
// open ones as a copy of their pieces.
// Comes from: view/head-reader. A file is read up to where a view names chunks: what stands behind may be half written yet.
import type { SampleColumns } from "@narthex/model";
import { assert, type File, type FileSystem } from "@narthex/stdx";
import type { ChunkPages, PageSource, SegmentPages } from "../block/chunk-pages.js";
import { checkWithin } from "../block/paged-file.js";
import { decodeHeadChunk } from "../chunk/decode.js";
import { type ChunkData, type ChunkWindow, chunkEncoding } from "../chunk/encoding.js";
import type { LatestRows } from "../chunk/xor-kernel.js";
import { CorruptionError } from "../errors.js";
import { type ArenaReader, gatheredWords, pieceDataBytes } from "../head/arena.js";
import { chunkFilePath, chunkLengthAt, wholeChunkBytes } from "../head/chunk-files.js";
import { arenaStore, bytesStore, chunkFields, type HeadView } from "./head-view.js";

/** The smallest chunk has more bytes, so that no two begin within so many. */
const checkedGrain = 16;

/** The part of a file that views have named so far. */
class NamedPart implements PageSource {
  readonly path: string;
  size = 0;
  readonly #file: File;

  constructor(fileSystem: FileSystem, path: string) {
    this.path = path;
    this.#file = fileSystem.open(path, "read");
  }

  bytes(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    const bytes = new Uint8Array(length);
    this.#file.read(bytes, offset);
    return bytes;
  }

  check(offset: number, length: number): void {
    checkWithin(this, offset, length);
  }

  readInto(target: Uint8Array, offset: number): void {
    this.#file.read(target, offset);
  }

  close(): void {
    this.#file.close();
  }
}

type KeptFile = {
  readonly part: NamedPart;
  readonly pages: SegmentPages;
  /** A bit for each place where a chunk begins whose checksum was compared. */
  checked: Uint8Array;
};

function isChecked({ checked }: KeptFile, position: number): boolean {
  const bit = Math.floor(position / checkedGrain);
  return (checked[bit >>> 3]! & (1 << (bit & 7))) !== 0;
}

export type HeadChunksOptions = {
  readonly fileSystem: FileSystem;
  /** chunks_head */
  readonly folder: string;
  readonly arena: ArenaReader;
  readonly pages: ChunkPages;
};

export class HeadChunks {
  readonly #options: HeadChunksOptions;
  readonly #pages: ChunkPages;
  readonly #gathered: { readonly words: Uint32Array; at: number };
  readonly #files = new Map<number, KeptFile>();
  readonly #openKey = { owner: 0, place: 0 };
  #columns!: SampleColumns;
  #window!: ChunkWindow;
  /** The chunk of a file that was added last. */
  #origin: { readonly file: string; readonly offset: number } | undefined;

  constructor(options: HeadChunksOptions) {
    this.#options = options;
    this.#pages = options.pages;
    this.#gathered = { words: new Uint32Array(options.pages.decoder.memory.buffer), at: 0 };
  }

  /** Lets go of files that are gone: the disk has their room only then. */
  letGo(): void {
    const { fileSystem } = this.#options;
    for (const [number, { part }] of this.#files) if (!fileSystem.stat(part.path)) this.#drop(number);
  }

  /** Takes in how far a view has files read. Call before chunks of the view are added. */
  follow(view: HeadView): void {
    for (const [number, end] of endsOf(view)) this.#reach(number, end);
  }

  #reach(number: number, end: number): void {
    const kept = this.#files.get(number) ?? this.#open(number);
    const formerSize = kept.part.size;
    if (end <= formerSize) return;
    kept.part.size = end;
    this.#pages.grow(kept.pages, formerSize);
    const checked = new Uint8Array(Math.ceil(end / (8 * checkedGrain)));
    checked.set(kept.checked);
    kept.checked = checked;
  }

  #open(number: number): KeptFile {
    const { fileSystem, folder } = this.#options;
    const part = new NamedPart(fileSystem, chunkFilePath(folder, number));
    const kept = { part, pages: this.#pages.segment(part), checked: new Uint8Array(0) };
    this.#files.set(number, kept);
    return kept;
  }

  #drop(number: number): void {
    const kept = this.#files.get(number);
    if (!kept) return;
    this.#files.delete(number);
    this.#pages.drop(kept.pages);
    kept.part.close();
  }

  /** Chunks that are added from now on, until `finish`, append their samples inside `window` to `columns`. */
  begin(columns: SampleColumns, window: ChunkWindow): void {
    this.#columns = columns;
    this.#window = window;
    this.#origin = undefined;
    this.#pages.decoder.begin(columns, window);
  }

  /** Takes an open XOR chunk; the head may be writing behind `length`, and into the rest of its last byte: the count keeps those out. */
  addOpen(chunk: OpenChunk & ChunkOwner): void {
    const { decoder } = this.#pages;
    // Who wants it from its begin need not ask, which would end the run of chunks that is decoded at once.
    const { at, passed } = this.#gather(chunk, chunk.minTime <= this.#window.after);
    if (passed > 0) decoder.addTail(at, at + chunk.length, this.#openKey);
    else decoder.add(at, at + chunk.length, this.#openKey);
  }

  /** Copies an open chunk, but not what whoever decodes it can do without; its key is left in `#openKey`. */
  #gather(chunk: OpenChunk & ChunkOwner, mayPass: boolean): { readonly at: number; readonly passed: number } {
    const { place, length, samples, ref, minTime } = chunk;
    const { decoder } = this.#pages;
    // Of a series no two chunks begin at one time, and no segment has such an owner.
    this.#openKey.owner = -ref;
    this.#openKey.place = minTime;
    const at = this.#pages.room(4 * gatheredWords(length));
    // Pieces stand apart, so that each of them costs the processor's caches as much as decoding what is in it.
    const passed = mayPass && length > pieceDataBytes ? decoder.passedBytes(this.#openKey, samples) : 0;
    this.#gathered.at = at / 4;
    this.#options.arena.gather(place, length, this.#gathered, passed);
    decoder.memory[at] = samples >>> 8;
    decoder.memory[at + 1] = samples;
    return { at, passed };
  }

  /** Takes an XOR chunk of a file; false, with nothing taken, while its checksum has not been compared. */
  addChecked(file: number, position: number): boolean {
    const kept = this.#files.get(file) as KeptFile;
    if (!isChecked(kept, position)) return false;
    const { decoder } = this.#pages;
    this.#origin = { file: kept.part.path, offset: position };
    this.#pages.locate(kept.pages, position + chunkLengthAt, 0);
    const { bytes, start, end } = this.#pages;
    if (bytes === decoder.memory) decoder.add(start, end, kept.pages.key);
    else this.addData({ encoding: chunkEncoding.xor, bytes, start, end, origin: this.#origin });
    return true;
  }

  /** Chunks that are added by `add…Latest` from now on, until `finishLatest`, give the last sample up to `end` to their rows. */
  beginLatest(rows: LatestRows, end: number): void {
    this.#pages.decoder.beginLatest(rows, end);
  }

  /** As `addOpen`, for a row of its own. */
  addOpenLatest(row: number, chunk: OpenChunk & ChunkOwner): void {
    const { at, passed } = this.#gather(chunk, true);
    this.#pages.decoder.addLatest(row, { start: at, end: at + chunk.length, passed }, this.#openKey);
  }

  /** As `addChecked`, for a row of its own. */
  addCheckedLatest(row: number, file: number, position: number): boolean {
    const kept = this.#files.get(file) as KeptFile;
    if (!isChecked(kept, position)) return false;
    this.#pages.locate(kept.pages, position + chunkLengthAt, 0);
    const { decoder, bytes, start, end } = this.#pages;
    if (bytes !== decoder.memory) return false;
    decoder.addLatest(row, { start, end, passed: 0 }, kept.pages.key);
    return true;
  }

  get pages(): ChunkPages {
    return this.#pages;
  }

  /** As `addOpen`, to a run of many series; false where there is no room. */
  addOpenToRun(chunk: OpenChunk & ChunkOwner): boolean {
    if (!this.#pages.hasRoom(4 * gatheredWords(chunk.length))) return false;
    const { at } = this.#gather(chunk, false);
    return this.#pages.decoder.addOf(at, at + chunk.length, this.#openKey);
  }

  /** As `addChecked`, to a run of many series. */
  addCheckedToRun(file: number, position: number): boolean {
    const kept = this.#files.get(file) as KeptFile;
    if (!isChecked(kept, position) || !this.#pages.locateLoaded(kept.pages, position + chunkLengthAt, 0)) return false;
    return this.#pages.decoder.addOf(this.#pages.start, this.#pages.end, kept.pages.key);
  }

  finishLatest(): void {
    this.#pages.decoder.decodeAdded();
  }

  /** The checksum of a file's chunk was compared. */
  noteChecked(file: number, position: number): void {
    const { checked } = this.#files.get(file) as KeptFile;
    const bit = Math.floor(position / checkedGrain);
    checked[bit >>> 3]! |= 1 << (bit & 7);
  }

  /** Takes any other chunk. */
  addData(chunk: ChunkData): void {
    this.#pages.decoder.decodeAdded();
    decodeHeadChunk(chunk, this.#columns, this.#window);
  }

  /** Throws CorruptionError where a file holds a chunk whose bytes are damaged. */
  finish(): void {
    if (this.#pages.decoder.finish()) return;
    assert(this.#origin !== undefined, "a chunk of memory decodes");
    throw new CorruptionError("chunk ends before its samples do", this.#origin);
  }

  close(): void {
    for (const number of this.#files.keys()) this.#drop(number);
  }
}

/** `place`: its last piece. */
export type OpenChunk = { readonly place: number; readonly length: number; readonly samples: number };

/** Its series, and its first time. */
type ChunkOwner = { readonly ref: number; readonly minTime: number };

/** Where in each file the last chunk that the view names ends. */
function endsOf({ chunks }: HeadView): Map<number, number> {
  const ends = new Map<number, number>();
  let file = bytesStore;
  let end = 0;
  for (let at = 0; at < chunks.length; at += chunkFields.count) {
    const store = chunks[at + chunkFields.store]!;
    if (store === arenaStore || store === bytesStore) continue;
    if (store !== file) {
      if (file !== bytesStore) ends.set(file, end);
      file = store;
      end = ends.get(store) ?? 0;
    }
    const length = chunks[at + chunkFields.length]!;
    end = Math.max(end, chunks[at + chunkFields.place]! + wholeChunkBytes(length));
  }
  if (file !== bytesStore) ends.set(file, end);
  return ends;
}
