// Makes the agent's series anew from its log at a start: labels and last times; samples are passed over.
// Comes from: wal/replay. Goes to: agent/series.
// Prometheus: tsdb/agent/db.go, loadWAL. A series that the log names twice keeps its first ref; records of the other ref
// stay in checkpoints until no later segment names it.
import { ByteRangeError } from "@narthex/stdx";
import type { CorruptionError } from "../errors.js";
import { filesToReplay } from "../wal/folder.js";
import { decodeHistogramRecords, isHistogramRecord } from "../wal/histogram-records.js";
import { LabelTexts } from "../wal/label-texts.js";
import { decodeMetadata, decodeSamples, decodeSeries, emptyRows, recordType, unreadRecord } from "../wal/records.js";
import { type LogReplay, type ReplayProgress, replayFiles } from "../wal/replay.js";
import type { DeletedSeries } from "./checkpoint.js";
import type { AgentSeries } from "./series.js";

export interface AgentReplayOptions extends LogReplay {
  readonly series: AgentSeries;
  /** Takes refs that stand for another. */
  readonly deleted: DeletedSeries;
  readonly onProgress: (progress: ReplayProgress) => void;
}

export interface AgentReplayResult {
  /** What was damaged and has been cut off. */
  readonly corruptions: readonly CorruptionError[];
  /** Samples whose series no record names. */
  readonly unknownSamples: number;
}

/** Throws UnsupportedDataError for records that are not read. */
export async function replayAgent(options: AgentReplayOptions): Promise<AgentReplayResult> {
  const replay = new Replay(options);
  const { wal, pause, onProgress } = options;
  const corruptions = await replayFiles(filesToReplay(wal), {
    wal,
    pause,
    onProgress,
    // A checkpoint stands before the segments whose numbers it has.
    onFile: ({ segment, isCheckpoint }) => {
      replay.segment = isCheckpoint ? 0 : segment;
    },
    visit: (record) => replay.apply(record),
  });
  return { corruptions, unknownSamples: replay.unknownSamples };
}

class Replay {
  readonly #series: AgentSeries;
  readonly #deleted: DeletedSeries;
  readonly #rows = emptyRows();
  readonly #texts = new LabelTexts();
  segment = 0;
  unknownSamples = 0;

  constructor({ series, deleted }: AgentReplayOptions) {
    this.#series = series;
    this.#deleted = deleted;
  }

  apply(record: Uint8Array): void {
    const type = record[0];
    switch (type) {
      case recordType.series:
        for (const { ref, labels } of decodeSeries(record, this.#texts)) this.#addSeries(ref, labels);
        break;
      case recordType.samples:
      case recordType.samplesWithStarts:
        this.#noteSamples(record);
        break;
      case recordType.metadata:
        for (const { ref, metadata } of decodeMetadata(record)) {
          const own = this.#refOf(ref);
          if (this.#series.slotOf(own) !== 0) this.#series.metadata.set(own, metadata);
        }
        break;
      // The newest exemplar of a series may come once more after a start, as in Prometheus.
      case recordType.exemplars:
      case recordType.tombstones:
      case recordType.minValidTime:
        break;
      default:
        if (!isHistogramRecord(type)) throw unreadRecord(type);
        for (const { ref, t } of decodeHistogramRecords(record)) this.#noteTime(ref, t);
    }
  }

  #addSeries(ref: number, labels: Parameters<AgentSeries["add"]>[0]): void {
    const series = this.#series;
    if (labels.length === 0 || ref === 0) throw new ByteRangeError("series without labels or ref", 0);
    series.lastRef = Math.max(series.lastRef, ref);
    if (series.slotOf(ref) !== 0) return;
    const slot = series.find(labels);
    if (slot === 0) series.add(labels, ref);
    else {
      const own = series.ref[slot]!;
      this.#deleted.set(ref, { segment: this.segment, labels, alias: { of: own, time: Number.NEGATIVE_INFINITY } });
    }
  }

  #refOf(ref: number): number {
    return this.#deleted.get(ref)?.alias?.of ?? ref;
  }

  #noteSamples(record: Uint8Array): void {
    const rows = this.#rows;
    decodeSamples(record, rows);
    const { refs, t, count } = rows;
    for (let i = 0; i < count; i++) this.#noteTime(refs[i]!, t[i]!);
  }

  #noteTime(ref: number, t: number): void {
    const { lastTime } = this.#series;
    const slot = this.#series.slotOf(ref) || this.#slotOfAlias(ref, t);
    if (slot === 0) this.unknownSamples++;
    else if (t > lastTime[slot]!) lastTime[slot] = t;
  }

  #slotOfAlias(ref: number, t: number): number {
    const entry = this.#deleted.get(ref);
    if (!entry?.alias) return 0;
    const alias = { of: entry.alias.of, time: Math.max(t, entry.alias.time) };
    this.#deleted.set(ref, { ...entry, alias, segment: Math.max(this.segment, entry.segment) });
    return this.#series.slotOf(alias.of);
  }
}
