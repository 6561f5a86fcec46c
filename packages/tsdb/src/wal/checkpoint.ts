// Shortens the log: what the head still needs of the oldest segments is written to a checkpoint, and they go.
// Comes from: head/truncate, after a block was made. Goes to: head/replay.
import type { Labels } from "@narthex/model";
import { ByteWriter } from "@narthex/stdx";
import { filesToReplay, listCheckpoints, readSegment, type WalFolder } from "./folder.js";
import { decodeHistogramRecords, encodeHistograms, isHistogramRecord } from "./histogram-records.js";
import {
  decodeExemplars,
  decodeMetadata,
  decodeSamples,
  decodeSeries,
  decodeTombstones,
  emptyRows,
  encodeExemplars,
  encodeMetadata,
  encodeSamples,
  encodeSamplesWithStarts,
  encodeSeries,
  encodeTombstones,
  type MetadataRecord,
  recordType,
  type SampleRows,
  samplesBytesMax,
} from "./records.js";
import { WalWriter } from "./writer.js";

export interface CheckpointOptions {
  /** The last segment that the checkpoint stands for. */
  readonly segment: number;
  /** Samples before it are dropped. */
  readonly minTime: number;
  /** Whether later records may refer to the series. */
  readonly isKept: (ref: number) => boolean;
  /** Whether the log may know a series of the head by another ref, too: its records are then kept. */
  readonly isAlias?: (labels: Labels) => boolean;
  /** Called between records, so that a long checkpoint does not hold up the process. */
  readonly pause: () => Promise<void>;
}

/** Writes `checkpoint.<segment>`: whole, or not at all. The segments still stand; `dropSegments` removes them. */
export async function writeCheckpoint(folder: WalFolder, options: CheckpointOptions): Promise<void> {
  const { fileSystem } = folder;
  const path = `${folder.path}/checkpoint.${String(options.segment).padStart(8, "0")}`;
  const temporary = `${path}.tmp`;
  fileSystem.removeTree(temporary);
  const writer = WalWriter.open({ fileSystem, folder: temporary, snappy: folder.snappy });
  try {
    const metadata = new Map<number, MetadataRecord>();
    const filter = new RecordFilter(options, metadata);
    for (const file of filesToReplay(folder)) {
      if (!file.isCheckpoint && file.segment > options.segment) break;
      await readSegment(folder, file, async (record) => {
        const kept = filter.keep(record);
        if (kept) writer.write([kept]);
        await options.pause();
      });
    }
    if (metadata.size > 0) writer.write([encoded((target) => encodeMetadata(target, [...metadata.values()]))]);
  } finally {
    writer.close();
  }
  fileSystem.syncFolder(temporary);
  fileSystem.rename(temporary, path);
  fileSystem.syncFolder(folder.path);
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
  readonly #options: CheckpointOptions;
  readonly #metadata: Map<number, MetadataRecord>;
  readonly #rows: SampleRows = emptyRows();
  readonly #aliases = new Set<number>();
  #buffer = new Uint8Array(0);

  constructor(options: CheckpointOptions, metadata: Map<number, MetadataRecord>) {
    this.#options = options;
    this.#metadata = metadata;
  }

  #isKept(ref: number): boolean {
    return this.#options.isKept(ref) || this.#aliases.has(ref);
  }

  #isSeriesKept(ref: number, labels: Labels): boolean {
    if (this.#options.isKept(ref)) return true;
    const isAlias = this.#options.isAlias?.(labels) === true;
    if (isAlias) this.#aliases.add(ref);
    return isAlias;
  }

  /** The record without what nobody needs; undefined when nothing is left. */
  keep(record: Uint8Array): Uint8Array | undefined {
    const { minTime } = this.#options;
    const isKept = (ref: number): boolean => this.#isKept(ref);
    switch (record[0]) {
      case recordType.series: {
        const series = decodeSeries(record).filter(({ ref, labels }) => this.#isSeriesKept(ref, labels));
        return series.length === 0 ? undefined : encoded((writer) => encodeSeries(writer, series));
      }
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
    const { minTime } = this.#options;
    const kept = decodeHistogramRecords(record).filter(({ ref, t }) => t >= minTime && this.#isKept(ref));
    return kept.length === 0 ? undefined : encoded((writer) => encodeHistograms(writer, record[0]!, kept));
  }

  #keepSamples(record: Uint8Array): Uint8Array | undefined {
    const rows = this.#rows;
    decodeSamples(record, rows);
    let kept = 0;
    for (let i = 0; i < rows.count; i++) {
      if (rows.t[i]! < this.#options.minTime || !this.#isKept(rows.refs[i]!)) continue;
      rows.refs[kept] = rows.refs[i]!;
      rows.t[kept] = rows.t[i]!;
      rows.words[2 * kept] = rows.words[2 * i]!;
      rows.words[2 * kept + 1] = rows.words[2 * i + 1]!;
      if (rows.startTimes) rows.startTimes[kept] = rows.startTimes[i]!;
      kept++;
    }
    if (kept === 0) return undefined;
    rows.count = kept;
    if (rows.startTimes) return encoded((writer) => encodeSamplesWithStarts(writer, rows));
    if (this.#buffer.length < samplesBytesMax(kept)) this.#buffer = new Uint8Array(samplesBytesMax(kept));
    return this.#buffer.subarray(0, encodeSamples(rows, this.#buffer));
  }
}

function encoded(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1024);
  encode(writer);
  return writer.bytes();
}
