// Brings the head back after a start: first the full chunks of chunks_head, then the log's records behind them.
// Comes from: head/chunk-files, wal/folder. Goes to: head/head.
import { CorruptionError, UnsupportedDataError } from "../errors.js";
import { filesToReplay, readSegment, repair, type SegmentFile, type WalFolder } from "../wal/folder.js";
import { decodeHistogramRecords, isHistogramRecord } from "../wal/histogram-records.js";
import {
  decodeExemplars,
  decodeMetadata,
  decodeSamples,
  decodeSeries,
  decodeTombstones,
  emptyRows,
  recordType,
} from "../wal/records.js";
import type { StoredChunk } from "./chunk-files.js";
import type { ExemplarRing } from "./exemplars.js";
import type { Head } from "./head.js";

export interface ReplayProgress {
  /** Files of the log read so far, and in all. */
  readonly current: number;
  readonly total: number;
}

export interface ReplayOptions {
  readonly head: Head;
  readonly wal: WalFolder;
  readonly exemplars: ExemplarRing;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Called between records, so that a long replay does not hold up the process. */
  readonly pause: () => Promise<void>;
}

export interface ReplayResult {
  /** What was damaged and has been cut off. */
  readonly corruptions: readonly CorruptionError[];
  /** Samples whose series no record names. */
  readonly unknownSeries: number;
  /** Refs of the log that stand for a series known by another ref. */
  readonly aliases: ReadonlyMap<number, number>;
}

export async function replayHead(options: ReplayOptions): Promise<ReplayResult> {
  const corruptions: CorruptionError[] = [];
  const replay = new Replay(options);
  const damage = options.head.chunkFiles.load((chunk) => replay.collect(chunk));
  if (damage) corruptions.push(damage);
  const files = filesToReplay(options.wal);
  options.onProgress({ current: 0, total: files.length });
  for (const [i, file] of files.entries()) {
    const error = await replayFile(options, replay, file);
    options.onProgress({ current: i + 1, total: files.length });
    if (!error) continue;
    corruptions.push(error);
    // A checkpoint is followed by whole segments; behind a cut in a segment nothing may follow.
    if (!file.isCheckpoint) break;
  }
  options.head.writeClosedChunks();
  return { corruptions, unknownSeries: replay.unknownSeries, aliases: replay.aliases };
}

async function replayFile(
  options: ReplayOptions,
  replay: Replay,
  file: SegmentFile,
): Promise<CorruptionError | undefined> {
  try {
    await readSegment(options.wal, file.path, (record) => {
      replay.apply(record);
      return options.pause();
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    repair(options.wal, { file, offset: error.offset });
    return error;
  }
}

class Replay {
  readonly #head: Head;
  readonly #exemplars: ExemplarRing;
  readonly #chunks = new Map<number, StoredChunk[]>();
  readonly #rows = emptyRows();
  readonly aliases = new Map<number, number>();
  unknownSeries = 0;

  constructor(options: ReplayOptions) {
    this.#head = options.head;
    this.#exemplars = options.exemplars;
  }

  /** Keeps a stored chunk until the record of its series comes. */
  collect(chunk: StoredChunk): void {
    if (chunk.isOutOfOrder || chunk.maxTime < this.#head.minValidTime) return;
    const chunks = this.#chunks.get(chunk.ref);
    if (chunks) chunks.push(chunk);
    else this.#chunks.set(chunk.ref, [chunk]);
  }

  apply(record: Uint8Array): void {
    switch (record[0]) {
      case recordType.series:
        for (const { ref, labels } of decodeSeries(record)) this.#addSeries(ref, this.#head.find(labels), labels);
        break;
      case recordType.samples:
        this.#appendSamples(record);
        break;
      case recordType.tombstones:
        for (const { ref, minTime, maxTime } of decodeTombstones(record)) {
          this.#head.deleted.add(this.#refOf(ref), { minTime, maxTime });
        }
        break;
      case recordType.exemplars:
        for (const exemplar of decodeExemplars(record)) {
          const own = { ...exemplar, ref: this.#refOf(exemplar.ref) };
          if (this.#exemplars.isNew(own.ref, own)) this.#exemplars.add(own);
        }
        break;
      case recordType.metadata:
        for (const { ref, metadata } of decodeMetadata(record)) {
          const own = this.#refOf(ref);
          if (this.#head.series.slotOf(own) !== 0) this.#head.metadata.set(own, metadata);
        }
        break;
      default:
        if (isHistogramRecord(record[0])) {
          this.#appendHistograms(record);
          break;
        }
        // Starting without them would lose them at the next checkpoint.
        throw new UnsupportedDataError(`the WAL holds records of type ${record[0]}, which are not read yet`);
    }
  }

  #addSeries(ref: number, known: number, labels: Parameters<Head["addSeries"]>[0]): void {
    const head = this.#head;
    const slot = known === 0 ? head.addSeries(labels, ref) : known;
    const own = head.series.ref[slot]!;
    if (own !== ref) this.aliases.set(ref, own);
    head.series.lastRef = Math.max(head.series.lastRef, ref);
    for (const chunk of this.#chunks.get(ref) ?? []) {
      if (own === ref && chunk.minTime > head.series.xor.t[slot]!) head.adoptClosed(slot, chunk);
    }
    this.#chunks.delete(ref);
  }

  #refOf(ref: number): number {
    return this.aliases.get(ref) ?? ref;
  }

  #appendHistograms(record: Uint8Array): void {
    const head = this.#head;
    for (const { ref, t, histogram } of decodeHistogramRecords(record)) {
      if (t < head.minValidTime) continue;
      const slot = head.series.slotOf(this.#refOf(ref));
      if (slot === 0) this.unknownSeries++;
      else head.appendHistogram(slot, t, histogram);
    }
    head.writeClosedChunks();
  }

  #appendSamples(record: Uint8Array): void {
    const head = this.#head;
    const rows = this.#rows;
    decodeSamples(record, rows);
    const { refs, t, words } = rows;
    const hasAliases = this.aliases.size > 0;
    for (let i = 0; i < rows.count; i++) {
      if (t[i]! < head.minValidTime) continue;
      const slot = head.series.slotOf(hasAliases ? this.#refOf(refs[i]!) : refs[i]!);
      if (slot === 0) this.unknownSeries++;
      else head.appendFloat(slot, t[i]!, words[2 * i + 1]!, words[2 * i]!);
    }
    head.writeClosedChunks();
  }
}
