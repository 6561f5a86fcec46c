// Follows a log that is being written: what is committed is given to a sink, in order and once.
// Comes from: wal/writer, in this process or another. Goes to: remote write.
// A record that is not whole yet is waited for; only when a later segment stands beside it is it damage.
import { CorruptionError } from "../errors.js";
import { pauses } from "../pause.js";
import { listCheckpoints, listSegments, type SegmentFile, segmentsOfCheckpoint, type WalFolder } from "./folder.js";
import { decodeHistogramRecords, type HistogramRecord, isHistogramRecord } from "./histogram-records.js";
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

/** Who follows a log. Series come before what refers to them; a ref may come again with the same labels. */
export interface WalSink {
  /** `segment` is the last one that is known to need these series. */
  series(series: readonly SeriesRecord[], segment: number): void;
  /** Rows are borrowed: they are overwritten when this returns. */
  samples(rows: SampleRows): void;
  histograms(records: readonly HistogramRecord[]): void;
  exemplars(records: readonly ExemplarRecord[]): void;
  metadata(records: readonly MetadataRecord[]): void;
  /** A checkpoint stands for all before `segment`: series not told of with `segment` or a later one are gone. */
  forgetSeriesBefore(segment: number): void;
}

export interface WatchOptions {
  readonly sink: WalSink;
  /** What is not newer is not given, in ms: the time at which following begins. Series and metadata always are. */
  readonly startTime: number;
  /** Told of damage that was passed over. */
  readonly onCorruption?: (error: CorruptionError) => void;
}

export interface WalWatcherOptions extends WatchOptions {
  readonly folder: WalFolder;
}

export interface WalWatcherCounters {
  records: number;
  /** Segments that were truncated away before they were read. */
  segmentsMissed: number;
  corruptions: number;
}

export class WalWatcher {
  readonly counters: WalWatcherCounters = { records: 0, segmentsMissed: 0, corruptions: 0 };
  readonly #options: WalWatcherOptions;
  readonly #rows = emptyRows();
  readonly #pause = pauses();
  #reader: SegmentReader | undefined;
  #segment = -1;
  /** Segments before it stood when following began: of them only series and metadata count. */
  #firstFollowed = -1;
  #checkpoint = -1;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: WalWatcherOptions) {
    this.#options = options;
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
    if (this.#firstFollowed < 0) this.#firstFollowed = segments.at(-1) ?? 0;
    const after = Math.max(this.#segment, this.#segment < 0 ? this.#checkpoint : -1);
    const next = segments.find((segment) => segment > after);
    if (next === undefined) return false;
    if (this.#segment >= 0) this.counters.segmentsMissed += next - this.#segment - 1;
    const path = `${folder.path}/${segmentName(next)}`;
    this.#reader = new SegmentReader({ ...folder, path });
    this.#segment = next;
    return true;
  }

  #closeReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  async #readOn(isEnded: boolean): Promise<void> {
    const reader = this.#reader as SegmentReader;
    const isFollowed = this.#segment >= this.#firstFollowed;
    try {
      reader.rewind();
      for (let record = reader.next(); record; record = reader.next()) {
        this.counters.records++;
        this.#give(record, isFollowed);
        await this.#pause();
        if (this.#isClosed) return;
      }
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      // The tail of the newest segment may be a record in the middle of being written.
      if (isEnded) this.#noteCorruption(error);
    }
  }

  #give(record: Uint8Array, isFollowed: boolean): void {
    const { sink, startTime } = this.#options;
    const type = record[0];
    if (type === recordType.series) sink.series(decodeSeries(record), this.#segment);
    else if (type === recordType.metadata) sink.metadata(decodeMetadata(record));
    else if (!isFollowed) return;
    else if (type === recordType.samples || type === recordType.samplesWithStarts) this.#giveSamples(record);
    else if (type === recordType.exemplars) {
      const exemplars = decodeExemplars(record).filter(({ t }) => t > startTime);
      if (exemplars.length > 0) sink.exemplars(exemplars);
    } else if (isHistogramRecord(type)) {
      const histograms = decodeHistogramRecords(record).filter(({ t }) => t > startTime);
      if (histograms.length > 0) sink.histograms(histograms);
    }
  }

  #giveSamples(record: Uint8Array): void {
    const rows = this.#rows;
    decodeSamples(record, rows);
    keepNewer(rows, this.#options.startTime);
    if (rows.count > 0) this.#options.sink.samples(rows);
  }

  /** Reads the series of a checkpoint that is new: the segments it stands for may be gone, and it says who is left. */
  async #readCheckpoint(segments: readonly number[]): Promise<void> {
    const { folder, sink } = this.#options;
    const newest = listCheckpoints(folder).at(-1);
    if (!newest || newest.segment <= this.#checkpoint) return;
    // Its segments are still to be read: they must come first, or their series would be forgotten too early.
    const isBehind = this.#segment >= 0 && this.#segment <= newest.segment && segments.includes(this.#segment);
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
        if (record[0] === recordType.series) sink.series(decodeSeries(record), segment);
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
