// Brings the head back after a start: first the full chunks of chunks_head, then the log's records behind them, then what
// came out of order.
// Comes from: head/chunk-files, wal/folder. Goes to: head/head.
import { SampleColumns } from "@narthex/model";
import { ByteRangeError } from "@narthex/stdx";
import { decodeChunk } from "../chunk/decode.js";
import type { ChunkData } from "../chunk/encoding.js";
import { CorruptionError } from "../errors.js";
import { filesToReplay, type SegmentFile, type WalFolder } from "../wal/folder.js";
import { decodeHistogramRecords, isHistogramRecord } from "../wal/histogram-records.js";
import { LabelTexts } from "../wal/label-texts.js";
import type { ChunkMarker } from "../wal/markers.js";
import {
  decodeExemplars,
  decodeMetadata,
  decodeSamples,
  decodeSeries,
  decodeTombstones,
  emptyRows,
  recordType,
  unreadRecord,
} from "../wal/records.js";
import { damageIn, type ReplayProgress, refuseUnread, replayFiles } from "../wal/replay.js";
import type { ChunkVisitor } from "./chunk-files.js";
import type { StoredChunk } from "./chunk-scanner.js";
import type { ChunkRun } from "./closed-chunks.js";
import type { ExemplarRing } from "./exemplars.js";
import type { Head } from "./head.js";
import { LogKernel } from "./log-kernel.js";
import { replayOutOfOrder } from "./out-of-order-replay.js";
import { resumeFloats } from "./resume.js";
import {
  decodeExemplarSnapshot,
  decodeSeriesSnapshot,
  decodeTombstoneSnapshot,
  SnapshotError,
  type SnapshotPlace,
  snapshotRecordType,
} from "./snapshot.js";

export interface ReplayOptions {
  readonly head: Head;
  readonly wal: WalFolder;
  /** The log of samples that came out of order. */
  readonly writeBehind: WalFolder;
  readonly exemplars: ExemplarRing;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Loaded in the place of what the log says before it. */
  readonly snapshot: SnapshotPlace | undefined;
  /** Called between records, so that a long replay does not hold up the process. */
  readonly pause: () => Promise<void>;
}

export interface ReplayResult {
  /** What was damaged and has been cut off, and what was left aside because no record names its series. */
  readonly corruptions: readonly CorruptionError[];
  /** Refs of the log that stand for a series known by another ref. */
  readonly aliases: ReadonlyMap<number, number>;
  /** Refs that the log names though their series left the head. */
  readonly removed: readonly number[];
  /** Markers that the write-behind log has lost. */
  readonly missingMarkers: readonly ChunkMarker[];
}

/** Throws SnapshotError where a snapshot, or the full chunks it counts on, are damaged: the head must then be thrown away. */
export async function replayHead(options: ReplayOptions): Promise<ReplayResult> {
  const corruptions: CorruptionError[] = [];
  const replay = new Replay(options);
  const { snapshot } = options;
  const files = snapshot ? filesBehind(options.wal, snapshot) : filesToReplay(options.wal);
  const { chunkFiles } = options.head;
  const damage = await chunkFiles.load(replay, options.pause);
  if (snapshot) {
    if (damage) throw new SnapshotError(snapshot, damage);
    await loadSnapshot(options, snapshot, (record) => replay.applySnapshot(record));
    noteLeft(options.head);
  } else if (damage) {
    await refuseUnread(options, files);
    chunkFiles.cut(damage);
    corruptions.push(damage);
  }
  const { wal, pause, onProgress } = options;
  const visit = (record: Uint8Array): void => replay.apply(record);
  const kernel = replay.logKernel(pause);
  corruptions.push(...(await replayFiles(files, { wal, pause, onProgress, visit, kernel })));
  replay.dropUnclaimed();
  options.head.writeClosedChunks();
  const { head, writeBehind: log } = options;
  const { outOfOrderChunks: chunks, aliases } = replay;
  const late = await replayOutOfOrder({ head, log, chunks, aliases, pause });
  // The log before the snapshot may know the ref as another name of a series.
  if (snapshot && late.unknown) throw new SnapshotError(snapshot, late.unknown);
  corruptions.push(...late.corruptions);
  for (const unknown of [replay.unknown, late.unknown]) if (unknown) corruptions.push(unknown);
  return { corruptions, aliases, removed: replay.removed, missingMarkers: late.missingMarkers };
}

function filesBehind(wal: WalFolder, { segment, offset }: SnapshotPlace): SegmentFile[] {
  return filesToReplay(wal)
    .filter((file) => !file.isCheckpoint && file.segment >= segment)
    .map((file) => (file.segment === segment ? { ...file, start: offset } : file));
}

/** A series without a chunk was kept because the log before the snapshot has late samples of it: which, it does not say. */
function noteLeft({ series, outOfOrder, maxTime }: Head): void {
  for (let slot = 1; slot < series.slotEnd; slot++) {
    const hasChunk = series.closedFirst[slot] !== 0 || series.openEncoding[slot] !== 0;
    if (series.ref[slot] !== 0 && !hasChunk) outOfOrder.noteLeft(series.ref[slot]!, maxTime);
  }
}

async function loadSnapshot(
  options: ReplayOptions,
  snapshot: SnapshotPlace,
  visit: (record: Uint8Array) => void,
): Promise<void> {
  for (const file of filesToReplay({ ...options.wal, path: snapshot.path })) {
    const error = await damageIn(options, file, visit);
    if (error) throw new SnapshotError(snapshot, error);
  }
}

class Replay implements ChunkVisitor {
  readonly #head: Head;
  readonly #exemplars: ExemplarRing;
  /** Chunks of chunks_head that wait for their series, by its ref: the last entry, behind which the first follows. */
  readonly #chunks = new Map<number, number>();
  /** Of the log. */
  readonly #path: string;
  readonly #rows = emptyRows();
  readonly #columns = new SampleColumns();
  readonly #texts = new LabelTexts();
  readonly aliases = new Map<number, number>();
  /** Refs of series that left the head by the log's word. */
  readonly removed: number[] = [];
  readonly outOfOrderChunks: StoredChunk[] = [];
  #unknownSamples = 0;

  constructor(options: ReplayOptions) {
    this.#head = options.head;
    this.#exemplars = options.exemplars;
    this.#path = options.wal.path;
  }

  /** That some samples' series no record names, if so. */
  get unknown(): CorruptionError | undefined {
    if (this.#unknownSamples === 0) return undefined;
    return new CorruptionError(`${this.#unknownSamples} samples of unknown series`, { file: this.#path, offset: 0 });
  }

  /** Undefined where there is no memory for it. */
  logKernel(pause: () => Promise<void>): LogKernel | undefined {
    const head = this.#head;
    const isPlain = (): boolean => head.startTimes.isEmpty && this.aliases.size === 0;
    const onUnknown = (count: number): void => {
      this.#unknownSamples += count;
    };
    return (
      head.memory &&
      new LogKernel(head.memory, {
        head,
        pause,
        onUnknown,
        get appendKernel() {
          return isPlain() ? head.appendKernel : undefined;
        },
      })
    );
  }

  /** Keeps a stored chunk until the record of its series comes. */
  chunk(chunk: StoredChunk): void {
    const { series, closed, minValidTime } = this.#head;
    // The log may have forgotten a series that chunks_head still has: no other may be taken for it.
    series.lastRef = Math.max(series.lastRef, chunk.ref);
    if (chunk.isOutOfOrder) this.outOfOrderChunks.push({ ...chunk });
    else if (chunk.maxTime >= minValidTime) this.#link(chunk.ref, closed.add(chunk));
  }

  run(run: ChunkRun, chunkAt: (i: number) => StoredChunk): void {
    const { series, closed, minValidTime } = this.#head;
    const { first, areAdded } = closed.addRun(run, minValidTime);
    for (let i = 0; i < run.count; i++) {
      const ref = run.times[3 * i]!;
      if (areAdded[i] === 0) this.chunk(chunkAt(i));
      else {
        if (ref > series.lastRef) series.lastRef = ref;
        this.#link(ref, first + i);
      }
    }
  }

  #link(ref: number, entry: number): void {
    const { closed } = this.#head;
    const last = this.#chunks.get(ref);
    closed.link(entry, last === undefined ? entry : closed.next(last));
    if (last !== undefined) closed.link(last, entry);
    this.#chunks.set(ref, entry);
  }

  /** The first entry of those that end with `last`, and are linked in a ring. */
  #unlink(last: number): number {
    const { closed } = this.#head;
    const first = closed.next(last);
    closed.link(last, 0);
    return first;
  }

  /** Drops the chunks whose series no record named. */
  dropUnclaimed(): void {
    const { closed } = this.#head;
    for (const last of this.#chunks.values()) {
      for (let entry = this.#unlink(last); entry !== 0; ) {
        const next = closed.next(entry);
        closed.remove(entry);
        entry = next;
      }
    }
    this.#chunks.clear();
  }

  applySnapshot(record: Uint8Array): void {
    const head = this.#head;
    switch (record[0]) {
      case snapshotRecordType.series: {
        const { ref, labels, lastRef, chunk } = decodeSeriesSnapshot(record, this.#texts);
        this.#addSeries(ref, head.find(labels), labels);
        head.series.lastRef = Math.max(head.series.lastRef, lastRef);
        const slot = head.series.slotOf(this.#refOf(ref));
        if (chunk && !resumeFloats(head, slot, chunk)) this.#appendChunk(slot, chunk);
        break;
      }
      case snapshotRecordType.tombstones:
        decodeTombstoneSnapshot(record, head.deleted);
        break;
      case snapshotRecordType.exemplars:
        for (const exemplar of decodeExemplarSnapshot(record)) this.#exemplars.add(exemplar);
        break;
      default:
        throw new ByteRangeError(`snapshot record of type ${record[0]}`, 0);
    }
  }

  /** Appends the chunk's samples that the series does not have from chunks_head: the open chunk goes on as it was. */
  #appendChunk(slot: number, chunk: ChunkData): void {
    const head = this.#head;
    const columns = this.#columns;
    columns.clear();
    const after = Math.max(head.lastTime(slot), head.minValidTime - 1, Number.MIN_SAFE_INTEGER);
    if (!decodeChunk(chunk, columns, { after, end: Number.MAX_SAFE_INTEGER })) {
      throw new ByteRangeError("snapshot holds a chunk that cannot be decoded", chunk.start);
    }
    const { t, words, h, startTimes } = columns;
    for (let i = 0; i < columns.count; i++) {
      const histogram = h?.[i];
      const time = { t: t[i]!, startTime: startTimes?.[i] ?? 0 };
      if (histogram) head.appendHistogram(slot, time, histogram);
      else head.appendStartedFloat(slot, time, { high: words[2 * i + 1]!, low: words[2 * i]! });
    }
  }

  apply(record: Uint8Array): void {
    switch (record[0]) {
      case recordType.series:
        for (const { ref, labels } of decodeSeries(record, this.#texts)) {
          this.#addSeries(ref, this.#head.find(labels), labels);
        }
        break;
      case recordType.minValidTime:
        break;
      case recordType.samplesWithStarts:
      case recordType.samples:
        this.#appendSamples(record);
        break;
      case recordType.tombstones:
        for (const { ref, minTime, maxTime } of decodeTombstones(record)) {
          if (maxTime === Number.POSITIVE_INFINITY) this.#removeSeries(this.#refOf(ref));
          else this.#head.deleted.add(this.#refOf(ref), { minTime, maxTime });
        }
        break;
      case recordType.exemplars:
        for (const exemplar of decodeExemplars(record)) {
          const own = { ...exemplar, ref: this.#refOf(exemplar.ref) };
          if (this.#exemplars.outcomeOf(own.ref, own, own.t) === "appended") this.#exemplars.add(own);
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
        throw unreadRecord(record[0]);
    }
  }

  #addSeries(ref: number, known: number, labels: Parameters<Head["addSeries"]>[0]): void {
    const head = this.#head;
    const slot = known === 0 ? head.addSeries(labels, ref) : known;
    const own = head.series.ref[slot]!;
    if (own !== ref) this.aliases.set(ref, own);
    head.series.lastRef = Math.max(head.series.lastRef, ref);
    const last = this.#chunks.get(ref);
    if (last === undefined) return;
    this.#chunks.delete(ref);
    const { closed } = head;
    const first = this.#unlink(last);
    const isNewer = own === ref && closed.minTime(first) > head.series.xor.t[slot]!;
    const count = isNewer ? closed.countInOrder(first) : 0;
    if (count > 0) {
      head.adoptClosed(slot, { first, last, count });
      return;
    }
    for (let entry = first; entry !== 0; ) {
      const next = closed.next(entry);
      if (own === ref && closed.minTime(entry) > head.series.xor.t[slot]!) {
        head.adoptClosed(slot, { first: entry, last: entry, count: 1 });
      } else closed.remove(entry);
      entry = next;
    }
  }

  /** What comes back with the same labels is another series: its samples are not those that a block has. */
  #removeSeries(ref: number): void {
    const head = this.#head;
    const slot = head.series.slotOf(ref);
    if (slot === 0) return;
    head.dropChunksBefore(slot, Number.POSITIVE_INFINITY);
    head.removeSeries([slot]);
    this.removed.push(ref);
  }

  #refOf(ref: number): number {
    return this.aliases.get(ref) ?? ref;
  }

  #appendHistograms(record: Uint8Array): void {
    const head = this.#head;
    for (const sample of decodeHistogramRecords(record)) {
      if (sample.t < head.minValidTime) continue;
      const slot = head.series.slotOf(this.#refOf(sample.ref));
      if (slot === 0) this.#unknownSamples++;
      else head.appendHistogram(slot, sample, sample.histogram);
    }
    head.writeClosedChunks();
  }

  #appendSamples(record: Uint8Array): void {
    const head = this.#head;
    const { appendKernel } = head;
    if (appendKernel && record[0] === recordType.samples && head.startTimes.isEmpty && this.aliases.size === 0) {
      this.#unknownSamples += appendKernel.replay(record, head);
      head.writeClosedChunks();
      return;
    }
    const rows = this.#rows;
    decodeSamples(record, rows);
    const { refs, t, words, startTimes } = rows;
    const hasStarts = startTimes !== undefined || !head.startTimes.isEmpty;
    const hasAliases = this.aliases.size > 0;
    for (let i = 0; i < rows.count; i++) {
      if (t[i]! < head.minValidTime) continue;
      const slot = head.series.slotOf(hasAliases ? this.#refOf(refs[i]!) : refs[i]!);
      if (slot === 0) this.#unknownSamples++;
      else if (hasStarts) {
        const value = { high: words[2 * i + 1]!, low: words[2 * i]! };
        head.appendStartedFloat(slot, { t: t[i]!, startTime: startTimes?.[i] ?? 0 }, value);
      } else head.appendFloat(slot, t[i]!, words[2 * i + 1]!, words[2 * i]!);
    }
    head.writeClosedChunks();
  }
}
