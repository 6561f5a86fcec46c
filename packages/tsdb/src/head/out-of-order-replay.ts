// Brings samples that came out of order back after a start, behind the WAL.
// Comes from: the write-behind log, and chunks of chunks_head that its markers name. Goes to: head/out-of-order.
// A chunk counts where a marker names it: others are in a block already, or their samples stand in the log. Of a log that
// is cut at damage the markers behind it are missing: chunks behind the last place that is named before it count, too.
// Where no place is named, or the log is gone, all count: at worst some samples are then back that were deleted.
import { CorruptionError } from "../errors.js";
import { filesToReplay, listSegments, readSegment, repair, type SegmentFile, type WalFolder } from "../wal/folder.js";
import { decodeHistogramRecords, isHistogramRecord } from "../wal/histogram-records.js";
import { type ChunkMarker, decodeMarkers } from "../wal/markers.js";
import { decodeSamples, emptyRows, isSamplesRecord, recordType, unreadRecord } from "../wal/records.js";
import type { StoredChunk } from "./chunk-scanner.js";
import type { Head } from "./head.js";

export interface OutOfOrderReplayOptions {
  readonly head: Head;
  readonly log: WalFolder;
  /** The out-of-order chunks of chunks_head, in the order of their places. */
  readonly chunks: readonly StoredChunk[];
  /** Refs of the logs that stand for a series known by another ref. */
  readonly aliases: ReadonlyMap<number, number>;
  readonly pause: () => Promise<void>;
}

export interface OutOfOrderReplayResult {
  /** What was damaged and has been cut off. */
  readonly corruptions: readonly CorruptionError[];
  /** The first sample of a series that the head does not know, if there was one. */
  readonly unknown: CorruptionError | undefined;
  /** Of the chunks that count without one: the log must name them before it is read again. */
  readonly missingMarkers: readonly ChunkMarker[];
}

export async function replayOutOfOrder(options: OutOfOrderReplayOptions): Promise<OutOfOrderReplayResult> {
  const { log } = options;
  const replay = new OutOfOrderReplay(options);
  const corruptions: CorruptionError[] = [];
  const files = filesToReplay(log);
  for (const [i, file] of files.entries()) {
    const damage = await damageIn(options, file, (record) => replay.apply(record));
    if (!damage) continue;
    for (const later of files.slice(i + 1)) await damageIn(options, later, refuseUnread);
    repair(log, { file, offset: damage.offset });
    corruptions.push(damage);
    break;
  }
  const isWhole = corruptions.length === 0 && listSegments(log).length > 0;
  const missingMarkers = isWhole ? [] : replay.adoptUnnamed();
  const unknown =
    replay.unknownRef === undefined
      ? undefined
      : new CorruptionError(`samples of unknown series ${replay.unknownRef}`, { file: log.path, offset: 0 });
  return { corruptions: [...corruptions, ...replay.damagedChunks], unknown, missingMarkers };
}

/** Reads the file up to damage, which it returns. */
async function damageIn(
  { log, pause }: OutOfOrderReplayOptions,
  file: SegmentFile,
  visit: (record: Uint8Array) => void,
): Promise<CorruptionError | undefined> {
  try {
    await readSegment(log, file, (record) => {
      visit(record);
      return pause();
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    return error;
  }
}

function isReadRecord(type: number | undefined): boolean {
  return isSamplesRecord(type) || type === recordType.mmapMarkers || isHistogramRecord(type);
}

/** Throws UnsupportedDataError before anything is cut off that a newer Prometheus may still read. */
function refuseUnread(record: Uint8Array): void {
  if (!isReadRecord(record[0])) throw unreadRecord(record[0]);
}

class OutOfOrderReplay {
  readonly #head: Head;
  readonly #aliases: ReadonlyMap<number, number>;
  readonly #chunks: Map<string, StoredChunk>;
  readonly #rows = emptyRows();
  /** The last place of chunks_head that a marker named. */
  #named: ChunkPlace = { file: 0, position: 0 };
  unknownRef: number | undefined;
  /** Chunks that were left aside. */
  readonly damagedChunks: CorruptionError[] = [];

  constructor({ head, aliases, chunks }: OutOfOrderReplayOptions) {
    this.#head = head;
    this.#aliases = aliases;
    this.#chunks = new Map(chunks.map((chunk) => [placeKey(chunk), chunk]));
  }

  apply(record: Uint8Array): void {
    if (isSamplesRecord(record[0])) this.#insertSamples(record);
    else if (record[0] === recordType.mmapMarkers) {
      for (const marker of decodeMarkers(record)) this.#adoptMarked(marker);
    } else if (isHistogramRecord(record[0])) this.#insertHistograms(record);
    else throw unreadRecord(record[0]);
  }

  /** Returns the markers that the chunks should have had. */
  adoptUnnamed(): ChunkMarker[] {
    const behind = [...this.#chunks.values()].filter((chunk) => !isBefore(chunk, this.#named));
    return behind.filter((chunk) => this.#adopt(chunk)).map(({ ref, file, position }) => ({ ref, file, position }));
  }

  #adoptMarked(marker: ChunkMarker): void {
    if (isBefore(this.#named, marker)) this.#named = marker;
    const chunk = this.#chunks.get(placeKey(marker));
    if (chunk?.ref !== marker.ref) return;
    this.#chunks.delete(placeKey(marker));
    this.#adopt(chunk);
  }

  #adopt(chunk: StoredChunk): boolean {
    const ref = this.#knownRef(chunk.ref);
    if (ref === 0) return false;
    try {
      this.#head.outOfOrder.adopt(ref, chunk);
      return true;
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      // Its samples stand in the log before the marker.
      this.damagedChunks.push(error);
      return false;
    }
  }

  #insertSamples(record: Uint8Array): void {
    const rows = this.#rows;
    decodeSamples(record, rows);
    for (let i = 0; i < rows.count; i++) {
      const ref = this.#knownRef(rows.refs[i]!);
      const bits = { high: rows.words[2 * i + 1]!, low: rows.words[2 * i]! };
      const sample = { t: rows.t[i]!, ...bits, startTime: rows.startTimes?.[i] };
      if (ref !== 0) this.#head.outOfOrder.insert(ref, sample);
    }
  }

  #insertHistograms(record: Uint8Array): void {
    for (const { ref, t, startTime, histogram } of decodeHistogramRecords(record)) {
      const known = this.#knownRef(ref);
      if (known !== 0) this.#head.outOfOrder.insert(known, { t, high: 0, low: 0, histogram, startTime });
    }
  }

  /**
   * The series' own ref, or 0. An unknown one is never given out again: power loss may have taken the record of its
   * series, and these samples must not become another one's.
   */
  #knownRef(ref: number): number {
    const { series } = this.#head;
    const own = this.#aliases.get(ref) ?? ref;
    if (series.slotOf(own) !== 0) return own;
    this.unknownRef ??= ref;
    series.lastRef = Math.max(series.lastRef, ref);
    return 0;
  }
}

type ChunkPlace = Pick<ChunkMarker, "file" | "position">;

function isBefore(a: ChunkPlace, b: ChunkPlace): boolean {
  return a.file < b.file || (a.file === b.file && a.position < b.position);
}

function placeKey({ file, position }: ChunkPlace): string {
  return `${file}:${position}`;
}
