// Shortens the log: what the head still needs of the oldest segments is written to a checkpoint, and they go.
// Comes from: head/truncate by way of compact/builder, after a block was made. Goes to: head/replay.
import type { Labels } from "@narthex/model";
import type { FileSystem } from "@narthex/stdx";
import type { Snappy } from "./compression.js";
import { filesToReplay, listCheckpoints, readSegment, type WalFolder } from "./folder.js";
import { decodeHistogramRecords, encodeHistograms, isHistogramRecord } from "./histogram-records.js";
import { keepSeries } from "./keep-series.js";
import {
  areAllOlder,
  decodeExemplars,
  decodeMetadata,
  decodeSamples,
  decodeSeries,
  decodeTombstones,
  emptyRows,
  encoded,
  encodeExemplars,
  encodeMetadata,
  encodeSamples,
  encodeSamplesWithStarts,
  encodeTombstones,
  type MetadataRecord,
  recordType,
  type SampleRows,
  samplesBytesMax,
} from "./records.js";
import { RefSet } from "./ref-set.js";
import { WalWriter } from "./writer.js";

/** Answers in order of the questions. */
export type FindAliases = (series: readonly Labels[]) => Promise<readonly boolean[]> | readonly boolean[];

/** What a checkpoint is made from: plain data, which may cross to a worker. */
export interface CheckpointTask {
  /** The log's folder. */
  readonly path: string;
  /** The last segment that the checkpoint stands for. */
  readonly segment: number;
  /** Samples before it are dropped. */
  readonly minTime: number;
  /** Refs that later records may name. */
  readonly refs: Uint32Array;
}

export interface CheckpointSurroundings {
  readonly fileSystem: FileSystem;
  readonly snappy: Snappy;
  /** Tells which of the series the head has under another ref: records of these are kept, too. Absent: none. */
  readonly findAliases?: FindAliases | undefined;
  /** Called between records, so that a long checkpoint does not hold up the process. */
  readonly pause: () => Promise<void>;
}

/** Writes `checkpoint.<segment>`: whole, or not at all. The segments still stand; `dropSegments` removes them. */
export async function writeCheckpoint(task: CheckpointTask, surroundings: CheckpointSurroundings): Promise<void> {
  await writeCheckpointWith(task, surroundings, (writer) => writeKept(writer, task, surroundings));
}

type CheckpointPlace = Pick<CheckpointTask, "path" | "segment">;

/** As `writeCheckpoint`, of whatever `write` puts into it. */
export async function writeCheckpointWith(
  place: CheckpointPlace,
  { fileSystem, snappy }: Pick<CheckpointSurroundings, "fileSystem" | "snappy">,
  write: (writer: WalWriter) => Promise<void>,
): Promise<void> {
  // An earlier attempt may have got as far as the name; it has all that this one would keep.
  if (!fileSystem.stat(checkpointPath(place))) {
    const temporary = unfinishedCheckpoint(place);
    fileSystem.removeTree(temporary);
    try {
      const writer = WalWriter.open({ fileSystem, folder: temporary, snappy });
      try {
        await write(writer);
      } finally {
        writer.close();
      }
      fileSystem.syncFolder(temporary);
      fileSystem.rename(temporary, checkpointPath(place));
    } catch (error) {
      fileSystem.removeTree(temporary);
      throw error;
    }
  }
  fileSystem.syncFolder(place.path);
}

function checkpointPath({ path, segment }: CheckpointPlace): string {
  return `${path}/checkpoint.${String(segment).padStart(8, "0")}`;
}

/** The folder that a checkpoint is written to before it has its name. */
export function unfinishedCheckpoint(place: CheckpointPlace): string {
  return `${checkpointPath(place)}.tmp`;
}

async function writeKept(
  writer: WalWriter,
  task: CheckpointTask,
  { fileSystem, snappy, findAliases, pause }: CheckpointSurroundings,
): Promise<void> {
  const folder = { fileSystem, snappy, path: task.path };
  const metadata = new Map<number, MetadataRecord>();
  const filter = new RecordFilter({ task, metadata, findAliases });
  for (const file of filesToReplay(folder)) {
    if (!file.isCheckpoint && file.segment > task.segment) break;
    await readSegment(folder, file, async (record) => {
      await filter.learnAliases(record);
      const kept = filter.keep(record);
      if (kept) writer.write([kept]);
      await pause();
    });
  }
  if (metadata.size > 0) writer.write([encoded((target) => encodeMetadata(target, [...metadata.values()]))]);
}

/** Removes what an interrupted checkpoint left. */
export function dropUnfinishedCheckpoints(folder: WalFolder): void {
  const { fileSystem, path } = folder;
  if (!fileSystem.stat(path)) return;
  for (const name of fileSystem.readFolder(path)) {
    if (/^checkpoint\.\d+\.tmp$/.test(name)) fileSystem.removeTree(`${path}/${name}`);
  }
  for (const older of listCheckpoints(folder).slice(0, -1)) fileSystem.removeTree(`${path}/${older.name}`);
}

class RecordFilter {
  readonly #minTime: number;
  readonly #findAliases: FindAliases | undefined;
  readonly #metadata: Map<number, MetadataRecord>;
  readonly #rows: SampleRows = emptyRows();
  readonly #refs: RefSet;
  #buffer = new Uint8Array(0);

  constructor(options: {
    readonly task: CheckpointTask;
    readonly metadata: Map<number, MetadataRecord>;
    readonly findAliases: FindAliases | undefined;
  }) {
    this.#minTime = options.task.minTime;
    this.#refs = new RefSet(options.task.refs);
    this.#metadata = options.metadata;
    this.#findAliases = options.findAliases;
  }

  /** REQUIRES: called for each record, before `keep`. */
  async learnAliases(record: Uint8Array): Promise<void> {
    if (!this.#findAliases || record[0] !== recordType.series) return;
    const others = keepSeries(record, (ref) => !this.#refs.has(ref));
    if (!others) return;
    const unknown = decodeSeries(others);
    const answers = await this.#findAliases(unknown.map(({ labels }) => labels));
    for (const [i, { ref }] of unknown.entries()) if (answers[i]) this.#refs.add(ref);
  }

  /** The record without what nobody needs, borrowed as the record is; undefined when nothing is left. */
  keep(record: Uint8Array): Uint8Array | undefined {
    const minTime = this.#minTime;
    const isKept = (ref: number): boolean => this.#refs.has(ref);
    switch (record[0]) {
      case recordType.series:
        return keepSeries(record, isKept);
      case recordType.samples:
      case recordType.samplesWithStarts:
        return this.#keepSamples(record);
      case recordType.tombstones: {
        const tombstones = decodeTombstones(record).filter(({ ref, maxTime }) => maxTime >= minTime && isKept(ref));
        return tombstones.length === 0 ? undefined : encoded((writer) => encodeTombstones(writer, tombstones));
      }
      case recordType.exemplars: {
        const exemplars = decodeExemplars(record).filter(({ ref, t }) => t >= minTime && isKept(ref));
        return exemplars.length === 0 ? undefined : encoded((writer) => encodeExemplars(writer, exemplars));
      }
      case recordType.metadata:
        for (const entry of decodeMetadata(record)) if (isKept(entry.ref)) this.#metadata.set(entry.ref, entry);
        return undefined;
      case recordType.minValidTime:
        return undefined;
      default:
        if (isHistogramRecord(record[0])) return this.#keepHistograms(record);
        // Kinds we do not read (yet) are somebody's data: they stay whole.
        return record.slice();
    }
  }

  #keepHistograms(record: Uint8Array): Uint8Array | undefined {
    const kept = decodeHistogramRecords(record).filter(({ ref, t }) => t >= this.#minTime && this.#refs.has(ref));
    return kept.length === 0 ? undefined : encoded((writer) => encodeHistograms(writer, record[0]!, kept));
  }

  #keepSamples(record: Uint8Array): Uint8Array | undefined {
    if (areAllOlder(record, this.#minTime)) return undefined;
    const rows = this.#rows;
    decodeSamples(record, rows);
    const { count } = rows;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (rows.t[i]! < this.#minTime || !this.#refs.has(rows.refs[i]!)) continue;
      rows.refs[kept] = rows.refs[i]!;
      rows.t[kept] = rows.t[i]!;
      rows.words[2 * kept] = rows.words[2 * i]!;
      rows.words[2 * kept + 1] = rows.words[2 * i + 1]!;
      if (rows.startTimes) rows.startTimes[kept] = rows.startTimes[i]!;
      kept++;
    }
    if (kept === 0) return undefined;
    if (kept === count) return record;
    rows.count = kept;
    if (rows.startTimes) return encoded((writer) => encodeSamplesWithStarts(writer, rows));
    if (this.#buffer.length < samplesBytesMax(kept)) this.#buffer = new Uint8Array(samplesBytesMax(kept));
    return this.#buffer.subarray(0, encodeSamples(rows, this.#buffer));
  }
}
