// The memory of the head as a clean shutdown leaves it: chunk_snapshot.<segment>.<offset>, which stands for the log up to
// that place (docs/formats/chunk-snapshot.md). It is itself a log: a record for each series with its open chunk, one of
// tombstones, then exemplars.
// Comes from: tsdb's close. Goes to: head/replay, in the place of the log's records before it.
import type { Histogram, Labels } from "@narthex/model";
import { ByteReader, ByteWriter, type FileSystem } from "@narthex/stdx";
import { type ChunkData, chunkEncoding, isChunkEncoding, isFloatEncoding } from "../chunk/encoding.js";
import { CorruptionError, UnsupportedDataError } from "../errors.js";
import { readTombstoneList, type Tombstones, writeTombstoneList } from "../tombstones.js";
import { listCheckpoints, type WalFolder } from "../wal/folder.js";
import { writeHistogram } from "../wal/histogram-records.js";
import type { LabelTexts } from "../wal/label-texts.js";
import { segmentName } from "../wal/page.js";
import { decodeExemplars, type ExemplarRecord, encodeExemplars, encodeMetadata, encodeSeries } from "../wal/records.js";
import { WalWriter } from "../wal/writer.js";
import type { ExemplarRing } from "./exemplars.js";
import type { Head } from "./head.js";

export const snapshotRecordType = { series: 1, tombstones: 2, exemplars: 3 } as const;

const exemplarsPerRecordMax = 10_000;
const metadataPerRecordMax = 1000;
/** Written between two pauses. */
const pendingBytesMax = 256 * 1024;
const folderForm = /^chunk_snapshot\.(\d+)\.(\d+)$/;
const unfinishedForm = /^chunk_snapshot\..*\.tmp$/;

/** Where a snapshot stands, and the place in the log behind it. */
export interface SnapshotPlace {
  readonly path: string;
  readonly segment: number;
  readonly offset: number;
}

export interface SnapshotTarget {
  readonly head: Head;
  readonly exemplars: ExemplarRing;
  readonly folder: WalFolder;
  /** The data directory. */
  readonly directory: string;
}

/** What one series had in memory. */
export interface SeriesSnapshot {
  readonly ref: number;
  readonly labels: Labels;
  /** The ref given out last when it was written; 0 where Prometheus wrote it. */
  readonly lastRef: number;
  readonly chunk: ChunkData | undefined;
}

/** All snapshots of the directory, oldest first. */
export function listSnapshots(fileSystem: FileSystem, directory: string): SnapshotPlace[] {
  const places: SnapshotPlace[] = [];
  for (const name of fileSystem.readFolder(directory)) {
    const [, segment, offset] = folderForm.exec(name) ?? [];
    if (segment === undefined || offset === undefined) continue;
    places.push({ path: `${directory}/${name}`, segment: Number(segment), offset: Number(offset) });
  }
  return places.sort((a, b) => a.segment - b.segment || a.offset - b.offset);
}

/** The newest snapshot, if the log still goes on where it ends. */
export function usableSnapshot(folder: WalFolder, directory: string): SnapshotPlace | undefined {
  const { fileSystem } = folder;
  const newest = listSnapshots(fileSystem, directory).at(-1);
  if (!newest) return undefined;
  const checkpoint = listCheckpoints(folder).at(-1);
  if (checkpoint && checkpoint.segment >= newest.segment) return undefined;
  const segment = fileSystem.stat(`${folder.path}/${segmentName(newest.segment)}`);
  return segment && segment.size >= newest.offset ? newest : undefined;
}

/** Removes all snapshots but `kept`, and what interrupted ones left. */
export function dropSnapshots(fileSystem: FileSystem, directory: string, kept?: SnapshotPlace): void {
  for (const { path } of listSnapshots(fileSystem, directory)) if (path !== kept?.path) fileSystem.removeTree(path);
  for (const name of fileSystem.readFolder(directory)) {
    if (unfinishedForm.test(name)) fileSystem.removeTree(`${directory}/${name}`);
  }
}

/**
 * Writes the head as it stands behind `place`: whole, or not at all. REQUIRES: all full chunks stand in chunks_head, and
 * the log names every series.
 */
export async function writeSnapshot(
  target: SnapshotTarget,
  place: { readonly segment: number; readonly offset: number },
  pause: () => Promise<void>,
): Promise<void> {
  const { fileSystem } = target.folder;
  const name = `chunk_snapshot.${String(place.segment).padStart(6, "0")}.${String(place.offset).padStart(10, "0")}`;
  const path = `${target.directory}/${name}`;
  const temporary = `${path}.tmp`;
  fileSystem.removeTree(temporary);
  try {
    // Not compressed: a third of the bytes saved would cost a third of the time at both ends, a call for each series.
    const writer = WalWriter.open({ fileSystem, folder: temporary });
    try {
      await writeRecords(target, writer, pause);
    } finally {
      writer.close();
    }
    fileSystem.syncFolder(temporary);
    fileSystem.rename(temporary, path);
  } catch (error) {
    fileSystem.removeTree(temporary);
    throw error;
  }
  fileSystem.syncFolder(target.directory);
  dropSnapshots(fileSystem, target.directory, { ...place, path });
}

async function writeRecords(target: SnapshotTarget, writer: WalWriter, pause: () => Promise<void>): Promise<void> {
  const { head, exemplars } = target;
  const encoded = new ByteWriter(2 * pendingBytesMax);
  let pending: Uint8Array[] = [];
  for (let slot = 1; slot < head.series.slotEnd; slot++) {
    if (head.series.ref[slot] === 0) continue;
    const start = encoded.length;
    encodeSeriesSnapshot(encoded, head, slot);
    pending.push(encoded.bytes().subarray(start));
    if (encoded.length < pendingBytesMax) continue;
    writer.write(pending);
    pending = [];
    encoded.clear();
    await pause();
  }
  writer.write([...pending, encodeTombstoneSnapshot(head.deleted)]);
  const known = exemplars.inOrder().filter(({ ref }) => head.series.slotOf(ref) !== 0);
  for (let i = 0; i < known.length; i += exemplarsPerRecordMax) {
    writer.write([encodeExemplarSnapshot(known.slice(i, i + exemplarsPerRecordMax))]);
    await pause();
  }
}

/** What the log must say before a snapshot: series whose batch was rolled back, which no later batch would name. */
export function recordsBefore(head: Head): Uint8Array[] {
  if (head.unlogged.length === 0) return [];
  const writer = new ByteWriter(1024);
  encodeSeries(
    writer,
    head.unlogged.map((ref) => ({ ref, labels: head.labelsOf(head.series.slotOf(ref)) })),
  );
  return [writer.bytes()];
}

/** What the log must say again behind a snapshot: it has no place for metadata. */
export function recordsBehind(head: Head): Uint8Array[] {
  const all = [...head.metadata].map(([ref, metadata]) => ({ ref, metadata }));
  const records: Uint8Array[] = [];
  for (let i = 0; i < all.length; i += metadataPerRecordMax) {
    const writer = new ByteWriter(1024);
    encodeMetadata(writer, all.slice(i, i + metadataPerRecordMax));
    records.push(writer.bytes());
  }
  return records;
}

/** The record of one series, with its open chunk. */
export function encodeSeriesSnapshot(writer: ByteWriter, head: Head, slot: number): void {
  const { series } = head;
  const labels = head.labelsOf(slot);
  writer.u8(snapshotRecordType.series);
  writer.u64(series.ref[slot]!);
  writer.uvarint(labels.length / 2);
  for (const text of labels) writer.text(text);
  // Prometheus: head_wal.go, once the chunk range, read by nobody. It keeps refs from being given out twice.
  writer.i64(series.lastRef);
  const open = head.openData(slot);
  writer.uvarint(open ? 1 : 0);
  if (!open) return;
  writer.i64(series.openMinTime[slot]!);
  writer.i64(series.xor.t[slot]!);
  writer.u8(open.encoding);
  writer.uvarint(open.end - open.start);
  writer.raw(open.bytes.subarray(open.start, open.end));
  if (isFloatEncoding(open.encoding)) {
    // Room for four last samples, of which Prometheus reads the last one's value.
    for (let i = 0; i < 7; i++) writer.i64(0);
    writer.u32(series.xor.high[slot]!);
    writer.u32(series.xor.low[slot]!);
  } else {
    const { histogram, histogramWithStarts } = chunkEncoding;
    const isInteger = open.encoding === histogram || open.encoding === histogramWithStarts;
    writeHistogram(writer, head.lastHistogram(slot) as Histogram, isInteger);
  }
}

/** Throws ByteRangeError, UnsupportedDataError. The chunk points into `record`. */
export function decodeSeriesSnapshot(record: Uint8Array, texts: LabelTexts): SeriesSnapshot {
  const reader = new ByteReader(record, 1);
  const ref = reader.u64();
  const labels = texts.read(reader);
  const lastRef = reader.i64();
  if (reader.uvarint() === 0) return { ref, labels, lastRef, chunk: undefined };
  reader.i64();
  reader.i64();
  const encoding = reader.u8();
  if (!isChunkEncoding(encoding)) {
    throw new UnsupportedDataError(`the snapshot holds chunks of encoding ${encoding}, which are not read yet`);
  }
  const length = reader.uvarint();
  const start = reader.offset;
  reader.take(length);
  // What follows repeats the chunk's last sample.
  return { ref, labels, lastRef, chunk: { encoding, bytes: record, start, end: start + length } };
}

export function encodeTombstoneSnapshot(tombstones: Tombstones): Uint8Array {
  const list = new ByteWriter();
  list.u8(1);
  writeTombstoneList(list, tombstones);
  const writer = new ByteWriter();
  writer.u8(snapshotRecordType.tombstones);
  writer.uvarint(list.length);
  writer.raw(list.bytes());
  return writer.bytes();
}

export function decodeTombstoneSnapshot(record: Uint8Array, into: Tombstones): void {
  const reader = new ByteReader(record, 1);
  const length = reader.uvarint();
  const version = reader.u8();
  if (version !== 1) throw new UnsupportedDataError(`the snapshot holds tombstones of version ${version}`);
  readTombstoneList(new ByteReader(record, reader.offset, reader.offset + length - 1), into);
}

/** As in the log, but for the type. */
function encodeExemplarSnapshot(exemplars: readonly ExemplarRecord[]): Uint8Array {
  const writer = new ByteWriter(1024);
  encodeExemplars(writer, exemplars);
  const record = writer.bytes();
  record[0] = snapshotRecordType.exemplars;
  return record;
}

export function decodeExemplarSnapshot(record: Uint8Array): ExemplarRecord[] {
  return decodeExemplars(record);
}

/** A snapshot that cannot be used; the log still has everything. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly damage: CorruptionError;
  constructor(place: SnapshotPlace, cause: unknown) {
    super(`${place.path} cannot be used`, { cause });
    const text = cause instanceof Error ? cause.message : String(cause);
    this.damage = cause instanceof CorruptionError ? cause : new CorruptionError(text, { file: place.path, offset: 0 });
  }
}
