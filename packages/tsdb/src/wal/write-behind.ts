// The write-behind log: the folder `wbl`, in pages and segments as the WAL, for samples that came out of order.
// Comes from: head/appender. Goes to: head/out-of-order-replay. The folder is made when the first such sample comes.
import { dirname } from "node:path";
import { dropSegments, listSegments, type WalFolder, walBytes } from "./folder.js";
import { type ChunkMarker, encodeMarkers } from "./markers.js";
import { WalWriter, type WalWriterOptions } from "./writer.js";

export interface WriteBehindOptions {
  readonly folder: WalFolder;
  readonly compression: Pick<WalWriterOptions, "snappy" | "zstd">;
  readonly segmentBytesMax: number;
}

export class WriteBehindLog {
  readonly folder: WalFolder;
  readonly #options: WriteBehindOptions;
  /** The last segment of an earlier life. */
  #lastBefore: number;
  #writer: WalWriter | undefined;
  writeFailures = 0;
  truncations = 0;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.folder = options.folder;
    this.#lastBefore = listSegments(this.folder).at(-1) ?? -1;
  }

  /** Writes the records in order, all or none; throws the disk's error. */
  write(records: readonly Uint8Array[]): void {
    if (records.length === 0) return;
    try {
      this.#open().write(records);
    } catch (error) {
      this.writeFailures++;
      throw error;
    }
  }

  /** Names chunks of an earlier life whose markers were lost, for certain. */
  mark(markers: readonly ChunkMarker[]): void {
    if (markers.length === 0) return;
    this.write([encodeMarkers(markers)]);
    const writer = this.#open();
    writer.sync();
    this.#lastBefore = writer.segment;
  }

  /**
   * Says for certain that chunks before this place which have no marker yet are in blocks, so that damage behind brings
   * none of them back. No series has ref 0. Each segment needs to say so: those before it go.
   */
  settle(end: Pick<ChunkMarker, "file" | "position">): void {
    this.write([encodeMarkers([{ ref: 0, ...end }])]);
    this.#open().sync();
  }

  #open(): WalWriter {
    if (this.#writer) return this.#writer;
    const { folder, compression, segmentBytesMax } = this.#options;
    const { fileSystem, path } = folder;
    fileSystem.makeFolder(path);
    // The folder's own name must outlive a loss of power, too.
    fileSystem.syncFolder(dirname(path));
    this.#writer = WalWriter.open({ fileSystem, folder: path, ...compression, segmentBytesMax });
    return this.#writer;
  }

  /** Begins a new segment; returns the number of the last one before it, or undefined when there is no log. */
  endSegment(): number | undefined {
    if (this.#writer && this.#writer.segmentLength > 0) return this.#writer.nextSegment();
    if (listSegments(this.folder).length === 0) return undefined;
    return this.#open().segment - 1;
  }

  /** Removes segments up to this one. */
  async truncate(segment: number): Promise<void> {
    await dropSegments(this.folder, segment);
    // What is deleted from now on must not come back with the power.
    this.folder.fileSystem.syncFolder(this.folder.path);
    this.truncations++;
  }

  /** Whether a segment of an earlier life still stands: its records may name series by refs of then. */
  get hasSegmentsOfBefore(): boolean {
    const [first] = listSegments(this.folder);
    return first !== undefined && first <= this.#lastBefore;
  }

  get bytes(): number {
    return walBytes(this.folder);
  }

  get segment(): number {
    return this.#writer?.segment ?? listSegments(this.folder).at(-1) ?? -1;
  }

  get pagesCompleted(): number {
    return this.#writer?.pagesCompleted ?? 0;
  }

  close(): void {
    this.#writer?.close();
  }

  /** Closes the file as it is. */
  abandon(): void {
    this.#writer?.abandon();
  }
}
