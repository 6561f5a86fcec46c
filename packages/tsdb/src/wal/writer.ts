// Writes records into the pages of the current segment.
// Comes from: head/appender, one `write` per batch. Goes to: wal/reader, at replay.
// Every `write` ends in one write(2): what it returned for survives the death of the process. Bytes of a write that
// failed are cut off again, at once or before the next write, so that a full disk leaves no hole in the log.
import { assert, crc32c, type File, type FileSystem } from "@narthex/stdx";
import type { Snappy, Zstd } from "./compression.js";
import {
  fragmentHeaderBytes,
  fragmentType,
  pageBytes,
  recordBytesMax,
  segmentBytesMax,
  segmentName,
  segmentNumbers,
  snappyFlag,
  zstdFlag,
} from "./page.js";
import { type SampleRows, samplesRecord } from "./records.js";

/** A record's bytes, or samples to make one of; none of no bytes or no samples. */
export type WalRecord = Uint8Array | SampleRows;

export interface WalWriterOptions {
  readonly fileSystem: FileSystem;
  readonly folder: string;
  /** Records are compressed with one of them, where that makes them shorter; absent: never. */
  readonly snappy?: Snappy | undefined;
  readonly zstd?: Zstd | undefined;
  readonly segmentBytesMax?: number;
  /** Bytes since the last sync that begin another one beside the writing. */
  readonly syncAheadBytes?: number;
}

// A whole segment at its end held the thread for 1.4 s on a disk that had nothing else to do.
const syncAheadBytes = 8 * 1024 * 1024;

export class WalWriter {
  readonly #options: WalWriterOptions;
  readonly #segmentBytesMax: number;
  readonly #syncAheadBytes: number;
  #file: File;
  #segment: number;
  /** Bytes of the segment that hold whole records. */
  #length = 0;
  /** The same before the last `write`. */
  #lengthBefore = 0;
  /** Up to where the last sync beside the writing was begun, whether it is at work, and what one failed with. */
  #syncedLength = 0;
  #isSyncing = false;
  #syncFailure: Error | undefined;
  /** Whether bytes of a failed write may stand behind `#length`. */
  #isTorn = false;
  #buffer = new Uint8Array(4 * pageBytes);
  #used = 0;
  /** Bytes that `write` put on disk since the writer was opened. */
  bytesWritten = 0;
  pagesCompleted = 0;

  private constructor(options: WalWriterOptions, segment: number) {
    this.#options = options;
    this.#segmentBytesMax = options.segmentBytesMax ?? segmentBytesMax;
    this.#syncAheadBytes = options.syncAheadBytes ?? syncAheadBytes;
    this.#segment = segment;
    this.#file = this.#create(segment);
  }

  /**
   * Begins the segment after the last one in the folder, as Prometheus does: an old tail is never continued. That one is
   * synced: what a killed process left of it may be lost with the power, and damage there would cost all that follows.
   */
  static open(options: WalWriterOptions): WalWriter {
    options.fileSystem.makeFolder(options.folder);
    const last = segmentNumbers(options.fileSystem.readFolder(options.folder)).at(-1);
    if (last !== undefined) syncSegment(options, last);
    return new WalWriter(options, last === undefined ? 0 : last + 1);
  }

  get segment(): number {
    return this.#segment;
  }

  get segmentLength(): number {
    return this.#length;
  }

  #create(segment: number): File {
    // One that an earlier attempt made and could not sync is empty: it is taken over.
    const file = this.#options.fileSystem.open(`${this.#options.folder}/${segmentName(segment)}`, "replace");
    try {
      this.#options.fileSystem.syncFolder(this.#options.folder);
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  /** Writes the records in order, all or none. Throws the disk's error; the log then stands as before. */
  write(records: readonly WalRecord[]): void {
    this.#mend();
    this.#lengthBefore = this.#length;
    const [first] = records;
    if (records.length === 1 && !(first instanceof Uint8Array)) this.#writeRows(first as SampleRows);
    else this.#writePacked(records);
  }

  // The way of a scrape.
  #writeRows(rows: SampleRows): void {
    const kernel = this.#options.zstd ? undefined : this.#options.snappy?.rows;
    if (!kernel?.takes(rows)) this.#writePacked([rows]);
    else if (rows.count > 0) {
      this.#makeRoom(kernel.pack(rows) + fragmentHeaderBytes);
      this.#flush(kernel.frame(this.#length % pageBytes));
    }
  }

  #writePacked(records: readonly WalRecord[]): void {
    const packed = records.filter(isFilled).map((record) => this.#pack(this.#bytesOf(record)));
    if (packed.length === 0) return;
    this.#makeRoom(packed.reduce((sum, { data }) => sum + data.length + fragmentHeaderBytes, 0));
    this.#used = 0;
    for (const { data, flag } of packed) this.#addRecord(data, flag);
    this.#flush(this.#buffer.subarray(0, this.#used));
  }

  /** Begins a segment where `bytes` more are too many for this one. */
  #makeRoom(bytes: number): void {
    if (this.#length > 0 && this.#length + bytes > this.#segmentBytesMax) this.nextSegment();
    this.#lengthBefore = this.#length;
  }

  /** Takes the last `write` back, for a batch that another log refused. */
  retract(): void {
    this.#isTorn ||= this.#length > this.#lengthBefore;
    this.#length = this.#lengthBefore;
    this.#mendQuietly();
  }

  /** Ends the current segment, synced, and begins the next. Returns the number of the ended one. */
  nextSegment(): number {
    this.#mend();
    const ended = this.#segment;
    this.#syncNow();
    const next = this.#create(ended + 1);
    this.#file.close();
    this.#file = next;
    this.#segment = ended + 1;
    this.#length = 0;
    this.#syncedLength = 0;
    return ended;
  }

  sync(): void {
    this.#mend();
    this.#syncNow();
  }

  /** Brings what was written so far to the disk while the thread goes on, so that the next sync has less to do. */
  startSync(): Promise<void> {
    return this.#file.startSync();
  }

  close(): void {
    try {
      this.sync();
    } finally {
      this.abandon();
    }
  }

  /** Closes the file as it is. */
  abandon(): void {
    this.#file.close();
  }

  #bytesOf(record: WalRecord): Uint8Array {
    if (record instanceof Uint8Array) return record;
    const kernel = record.startTimes ? undefined : this.#options.snappy?.rows;
    return kernel?.encode(record) ?? samplesRecord(record);
  }

  #pack(record: Uint8Array): { data: Uint8Array; flag: number } {
    assert(record.length <= recordBytesMax, "a WAL record is within its limit");
    const { snappy, zstd } = this.#options;
    const compressed = (zstd ?? snappy)?.compress(record);
    if (!compressed || compressed.length >= record.length) return { data: record, flag: 0 };
    return { data: compressed, flag: zstd ? zstdFlag : snappyFlag };
  }

  #addRecord(data: Uint8Array, flag: number): void {
    let done = 0;
    do {
      const room = this.#pageRoom();
      const taken = Math.min(room - fragmentHeaderBytes, data.length - done);
      const isFirst = done === 0;
      const isLast = done + taken === data.length;
      const type = isFirst
        ? isLast
          ? fragmentType.full
          : fragmentType.first
        : isLast
          ? fragmentType.last
          : fragmentType.middle;
      this.#addFragment(type | flag, data, done, done + taken);
      done += taken;
    } while (done < data.length);
  }

  /** Room in the current page, after skipping a tail that holds no header and a byte. */
  #pageRoom(): number {
    const room = pageBytes - ((this.#length + this.#used) % pageBytes);
    if (room > fragmentHeaderBytes) return room;
    this.#reserve(room).fill(0);
    return pageBytes;
  }

  #addFragment(type: number, data: Uint8Array, start: number, end: number): void {
    const target = this.#reserve(fragmentHeaderBytes + end - start);
    const crc = crc32c(data, start, end);
    target[0] = type;
    target[1] = (end - start) >>> 8;
    target[2] = end - start;
    target[3] = crc >>> 24;
    target[4] = crc >>> 16;
    target[5] = crc >>> 8;
    target[6] = crc;
    target.set(data.subarray(start, end), fragmentHeaderBytes);
  }

  #reserve(count: number): Uint8Array {
    const start = this.#used;
    if (start + count > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(start + count, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, start));
      this.#buffer = larger;
    }
    this.#used = start + count;
    return this.#buffer.subarray(start, this.#used);
  }

  #flush(bytes: Uint8Array): void {
    this.#isTorn = true;
    try {
      this.#file.write(bytes, this.#length);
    } catch (cause) {
      this.#mendQuietly();
      throw new Error(`cannot write WAL segment ${segmentName(this.#segment)}`, { cause });
    }
    this.#isTorn = false;
    const pagesBefore = Math.floor(this.#length / pageBytes);
    this.#length += bytes.length;
    this.bytesWritten += bytes.length;
    this.pagesCompleted += Math.floor(this.#length / pageBytes) - pagesBefore;
    if (this.#length - this.#syncedLength >= this.#syncAheadBytes) this.#syncAhead();
  }

  /** The end of a segment waits for the disk: most of the segment is to be there by then. */
  #syncAhead(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    this.#syncedLength = this.#length;
    const end = (failure: Error | undefined): void => {
      this.#isSyncing = false;
      this.#syncFailure ??= failure;
    };
    this.startSync().then(() => end(undefined), end);
  }

  /** The disk tells of a failure once: it is kept for whoever relies on the sync. */
  #syncNow(): void {
    const failure = this.#syncFailure;
    this.#syncFailure = undefined;
    if (failure) throw failure;
    this.#file.sync();
  }

  #mend(): void {
    if (!this.#isTorn) return;
    this.#file.truncate(this.#length);
    this.#isTorn = false;
  }

  // The write's own error is the one to report; the torn tail is remembered and cut before the next write.
  #mendQuietly(): void {
    try {
      this.#mend();
    } catch {
      assert(this.#isTorn, "a tail that could not be cut stays marked");
    }
  }
}

function isFilled(record: WalRecord): boolean {
  return (record instanceof Uint8Array ? record.length : record.count) > 0;
}

// Differs: see docs/compatibility.md#data-directory. Prometheus leaves it to the kernel.
function syncSegment({ fileSystem, folder }: WalWriterOptions, segment: number): void {
  const file = fileSystem.open(`${folder}/${segmentName(segment)}`, "update");
  try {
    file.sync();
  } finally {
    file.close();
  }
}
