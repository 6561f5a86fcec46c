// Follows a log that is being written: what is committed is given to a sink, in order and once.
// Comes from: wal/writer, in this process or another. Goes to: remote write.
// A record that is not whole yet is waited for; only when a later segment stands beside it is it damage.
import { nodeFileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import { pauses } from "../pause.js";
import { openSnappy, openZstd } from "./compression.js";
import { listCheckpoints, listSegments, type SegmentFile, segmentsOfCheckpoint, type WalFolder } from "./folder.js";
import { decodeHistogramRecords, type HistogramRecord, isHistogramRecord } from "./histogram-records.js";
import { LabelTexts } from "./label-texts.js";
import { segmentName } from "./page.js";
import { SegmentReader } from "./reader.js";
import {
  decodeExemplars,
  decodeMetadata,
  decodeSamples,
  decodeSeries,
  type ExemplarRecord,
  emptyRows,
  type MetadataRecord,
  recordType,
  type SampleRows,
  type SeriesRecord,
} from "./records.js";

/**
 * Who follows a log. Series come before what refers to them; a ref may come again with the same labels. A sink that has
 * no room returns a promise: nothing more is given until it resolves.
 */
export interface WalSink {
  /** `segment` is the last one that is known to need these series. */
  series(series: readonly SeriesRecord[], segment: number): void;
  /** Rows are borrowed: they are overwritten when this returns, or what it returns resolves. */
  samples(rows: SampleRows): Promise<void> | void;
  histograms(records: readonly HistogramRecord[]): Promise<void> | void;
  exemplars(records: readonly ExemplarRecord[]): Promise<void> | void;
  metadata(records: readonly MetadataRecord[]): void;
  /** A checkpoint stands for all before `segment`: series not told of with `segment` or a later one are gone. */
  forgetSeriesBefore(segment: number): void;
}

/** Between two records: a segment, and the bytes of it before that place. */
export interface WalPosition {
  readonly segment: number;
  readonly offset: number;
}

export interface WatchOptions {
  readonly sink: WalSink;
  /** What is not newer is not given, in ms: the time at which following begins. Series and metadata always are. */
  readonly startTime: number;
  /** Where following begins, `position` or `end` of an earlier watcher; at the segment that is the last one if undefined. */
  readonly from?: WalPosition | undefined;
  /** Told of damage that was passed over. */
  readonly onCorruption?: (error: CorruptionError) => void;
}

export interface WalWatcherOptions extends WatchOptions {
  readonly folder: WalFolder;
}

export interface WalWatcherCounters {
  records: number;
  /** By the type of record. */
  recordsByType: number[];
  /** Segments that were truncated away before they were read. */
  segmentsMissed: number;
  corruptions: number;
}

export class WalWatcher {
  readonly counters: WalWatcherCounters = { records: 0, recordsByType: [], segmentsMissed: 0, corruptions: 0 };
  readonly #options: WalWatcherOptions;
  readonly #rows = emptyRows();
  readonly #texts = new LabelTexts();
  readonly #pause = pauses();
  #reader: SegmentReader | undefined;
  #segment = -1;
  /** Before it only series and metadata count. */
  #begin: WalPosition | undefined;
  #checkpoint = -1;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** Of the segment in work, where the record that is being given begins, and where all ends that was given. */
  #recordStart = 0;
  #givenEnd = 0;

  constructor(options: WalWatcherOptions) {
    this.#options = options;
    this.#begin = options.from;
  }

  /** Before the record that is being given: a watcher that starts there gives it again. */
  get position(): WalPosition {
    return { segment: this.#segment, offset: this.#recordStart };
  }

  /** Behind all that was given whole, or where that is to begin. Undefined before the first segment. */
  get end(): WalPosition | undefined {
    const from = this.#begin;
    if (this.#segment < 0 || !from) return from;
    const here = { segment: this.#segment, offset: this.#givenEnd };
    const isBefore = here.segment < from.segment || (here.segment === from.segment && here.offset < from.offset);
    return isBefore ? from : here;
  }

  /** The segment in work; -1 before the first. */
  get segment(): number {
    return this.#segment;
  }

  /** Gives all that was written since the last call; in slices. Rejects with what the sink or the disk throws. */
  poll(): Promise<void> {
    const polled = this.#running.then(() => this.#poll());
    this.#running = polled.catch(() => undefined);
    return polled;
  }

  /** Waits for a poll in work, which ends early. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    this.#closeReader();
  }

  async #poll(): Promise<void> {
    while (!this.#isClosed) {
      const segments = listSegments(this.#options.folder);
      await this.#readCheckpoint(segments);
      if (!this.#reader && !this.#openNext(segments)) return;
      // Asked before reading: what stands before a later segment will not grow.
      const isEnded = segments.some((segment) => segment > this.#segment);
      await this.#readOn(isEnded);
      if (!isEnded) return;
      if (!this.#isClosed) this.#closeReader();
    }
  }

  #openNext(segments: readonly number[]): boolean {
    const { folder } = this.#options;
    const last = segments.at(-1) ?? 0;
    // A log that does not reach as far as it did is another one.
    if (!this.#begin || this.#begin.segment > last) this.#begin = { segment: last, offset: 0 };
    const after = Math.max(this.#segment, this.#segment < 0 ? this.#checkpoint : -1);
    const next = segments.find((segment) => segment > after);
    if (next === undefined) return false;
    if (this.#segment >= 0) this.counters.segmentsMissed += next - this.#segment - 1;
    else this.counters.segmentsMissed += Math.max(0, next - this.#begin.segment);
    const path = `${folder.path}/${segmentName(next)}`;
    this.#reader = new SegmentReader({ ...folder, path });
    this.#segment = next;
    this.#recordStart = 0;
    this.#givenEnd = 0;
    return true;
  }

  #closeReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  async #readOn(isEnded: boolean): Promise<void> {
    const reader = this.#reader as SegmentReader;
    try {
      reader.rewind();
      let start = reader.offset;
      for (let record = reader.next(); record; record = reader.next()) {
        this.#recordStart = start;
        this.#count(record[0]);
        const given = this.#give(record, this.#isFollowed(start));
        if (given) await given;
        // A sink that was waiting when all ends has not taken the whole record.
        if (given && this.#isClosed) return;
        start = reader.offset;
        this.#givenEnd = start;
        await this.#pause();
        if (this.#isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      // The tail of the newest segment may be a record in the middle of being written.
      if (isEnded) this.#noteCorruption(error);
    }
  }

  #isFollowed(start: number): boolean {
    const from = this.#begin as WalPosition;
    return this.#segment === from.segment ? start >= from.offset : this.#segment > from.segment;
  }

  #count(type: number | undefined): void {
    const { counters } = this;
    counters.records++;
    if (type !== undefined) counters.recordsByType[type] = (counters.recordsByType[type] ?? 0) + 1;
  }

  #give(record: Uint8Array, isFollowed: boolean): Promise<void> | void {
    const { sink } = this.#options;
    const type = record[0];
    if (type === recordType.series) sink.series(decodeSeries(record, this.#texts), this.#segment);
    else if (type === recordType.metadata) sink.metadata(decodeMetadata(record));
    else if (!isFollowed) return;
    else if (type === recordType.samples || type === recordType.samplesWithStarts) return this.#giveSamples(record);
    else if (type === recordType.exemplars) {
      const exemplars = decodeExemplars(record).filter(({ t }) => t > this.#options.startTime);
      if (exemplars.length > 0) return sink.exemplars(exemplars);
    } else if (isHistogramRecord(type)) {
      const histograms = decodeHistogramRecords(record).filter(({ t }) => t > this.#options.startTime);
      if (histograms.length > 0) return sink.histograms(histograms);
    }
  }

  #giveSamples(record: Uint8Array): Promise<void> | void {
    const rows = this.#rows;
    decodeSamples(record, rows);
    keepNewer(rows, this.#options.startTime);
    if (rows.count > 0) return this.#options.sink.samples(rows);
  }

  /** Reads the series of a checkpoint that is new: the segments it stands for may be gone, and it says who is left. */
  async #readCheckpoint(segments: readonly number[]): Promise<void> {
    const { folder, sink } = this.#options;
    const newest = listCheckpoints(folder).at(-1);
    if (!newest || newest.segment <= this.#checkpoint) return;
    // Its segments are still to be read: they must come first, or their series would be forgotten too early.
    // One that is open is read to its end even when its file is gone.
    const isBehind =
      (this.#reader !== undefined && this.#segment <= newest.segment) ||
      (this.#segment >= 0 && segments.some((one) => one > this.#segment && one <= newest.segment));
    if (isBehind) return;
    for (const file of segmentsOfCheckpoint(folder, newest)) await this.#readSeries(file, newest.segment);
    this.#checkpoint = newest.segment;
    sink.forgetSeriesBefore(newest.segment);
  }

  async #readSeries(file: SegmentFile, segment: number): Promise<void> {
    const { folder, sink } = this.#options;
    const reader = new SegmentReader({ ...folder, path: file.path });
    try {
      for (let record = reader.next(); record; record = reader.next()) {
        if (record[0] === recordType.series) sink.series(decodeSeries(record, this.#texts), segment);
        else if (record[0] === recordType.metadata) sink.metadata(decodeMetadata(record));
        await this.#pause();
      }
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      this.#noteCorruption(error);
    } finally {
      reader.close();
    }
  }

  #noteCorruption(error: CorruptionError): void {
    this.counters.corruptions++;
    this.#options.onCorruption?.(error);
  }
}

/** Follows the log in a folder, which another thread or process may write. */
export function watchWalFolder(path: string, options: WatchOptions): WalWatcher {
  return new WalWatcher({
    ...options,
    folder: { fileSystem: nodeFileSystem, path, snappy: openSnappy(), zstd: openZstd() },
  });
}

function keepNewer(rows: SampleRows, startTime: number): void {
  const { refs, t, words } = rows;
  let kept = 0;
  for (let i = 0; i < rows.count; i++) {
    if (t[i]! <= startTime) continue;
    refs[kept] = refs[i]!;
    t[kept] = t[i]!;
    words[2 * kept] = words[2 * i]!;
    words[2 * kept + 1] = words[2 * i + 1]!;
    if (rows.startTimes) rows.startTimes[kept] = rows.startTimes[i]!;
    kept++;
  }
  rows.count = kept;
}
