// A WAL on disk: numbered segments, and at most one checkpoint that stands for the segments up to its number.
import type { File, FileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import type { Snappy, Zstd } from "./compression.js";
import { segmentName, segmentNumbers } from "./page.js";
import { SegmentReader } from "./reader.js";

export interface WalFolder {
  readonly fileSystem: FileSystem;
  readonly path: string;
  readonly snappy: Snappy;
  /** Undefined where this Node.js has none. */
  readonly zstd?: Zstd | undefined;
}

export interface Checkpoint {
  readonly name: string;
  /** The last segment it stands for. */
  readonly segment: number;
}

const checkpointForm = /^checkpoint\.(\d+)$/;

/** All checkpoints, oldest first; only the newest counts, older ones are left from an interrupted truncation. */
export function listCheckpoints(folder: WalFolder): Checkpoint[] {
  if (!folder.fileSystem.stat(folder.path)) return [];
  return folder.fileSystem
    .readFolder(folder.path)
    .filter((name) => checkpointForm.test(name))
    .map((name) => ({ name, segment: Number(checkpointForm.exec(name)?.[1]) }))
    .sort((a, b) => a.segment - b.segment);
}

export function listSegments(folder: WalFolder): number[] {
  return folder.fileSystem.stat(folder.path) ? segmentNumbers(folder.fileSystem.readFolder(folder.path)) : [];
}

/** One file of records, in the order they must be read. */
export interface SegmentFile {
  readonly path: string;
  readonly folder: string;
  readonly segment: number;
  readonly isCheckpoint: boolean;
  /** Where reading begins, at a record; 0. */
  readonly start?: number;
}

export function segmentsOfCheckpoint(folder: WalFolder, checkpoint: Checkpoint): SegmentFile[] {
  const inner = `${folder.path}/${checkpoint.name}`;
  return segmentNumbers(folder.fileSystem.readFolder(inner)).map((segment) => ({
    path: `${inner}/${segmentName(segment)}`,
    folder: inner,
    segment,
    isCheckpoint: true,
  }));
}

/** The newest checkpoint's files, then the segments behind it. */
export function filesToReplay(folder: WalFolder): SegmentFile[] {
  const checkpoint = listCheckpoints(folder).at(-1);
  const files: SegmentFile[] = checkpoint ? segmentsOfCheckpoint(folder, checkpoint) : [];
  for (const segment of listSegments(folder)) {
    if (checkpoint && segment <= checkpoint.segment) continue;
    files.push({
      path: `${folder.path}/${segmentName(segment)}`,
      folder: folder.path,
      segment,
      isCheckpoint: false,
    });
  }
  return files;
}

type VisitAt = (record: Uint8Array, offset: number) => Promise<void> | void;

/** Reads records where they are plain: whole, undamaged, not too long. */
export interface RecordKernel {
  /**
   * Reads from `start` on, where a record begins; returns where the first stands that it leaves. Those that it does not do itself it gives to
   * `visit`, with their offsets.
   */
  read(file: File, start: number, visit: VisitAt): Promise<number>;
}

/** Where a kernel left a record, plain code reads so much before the kernel is tried again. */
const plainBytesMin = 128 * 1024;

/**
 * Gives the records of one file to `visit`, which may await. Anything wrong with the bytes is a CorruptionError whose
 * offset is where the last good record ends. What `kernel` does is not given.
 */
export async function readSegment(
  folder: WalFolder,
  {
    path,
    start = 0,
    kernel,
  }: { readonly path: string; readonly start?: number; readonly kernel?: RecordKernel | undefined },
  visit: (record: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const reader = new SegmentReader({ ...folder, path, start });
  const visitAt = async (record: Uint8Array, offset: number): Promise<void> => {
    try {
      await visit(record);
    } catch (error) {
      throw decodingError(error, { path, offset });
    }
  };
  try {
    for (let isEnd = false; !isEnd; ) {
      if (kernel) await reader.readBy((file, offset) => kernel.read(file, offset, visitAt));
      isEnd = await readPlain(reader, visitAt, kernel ? plainBytesMin : Number.POSITIVE_INFINITY);
    }
  } finally {
    reader.close();
  }
}

/** Reads at least so many bytes; true when the file ended. */
async function readPlain(reader: SegmentReader, visit: VisitAt, bytes: number): Promise<boolean> {
  let { offset } = reader;
  for (const end = offset + bytes; offset < end; offset = reader.offset) {
    const record = reader.next();
    if (!record) return true;
    await visit(record, offset);
  }
  return false;
}

function decodingError(cause: unknown, { path, offset }: { readonly path: string; readonly offset: number }): unknown {
  if (!(cause instanceof Error) || cause.name !== "ByteRangeError") return cause;
  return new CorruptionError(`record cannot be decoded: ${cause.message}`, { file: path, offset, cause });
}

/**
 * Cuts a damaged log behind its last good record, as Prometheus does: what follows the damage cannot be trusted to
 * belong to it. Later files of the same folder go.
 */
export function repair(folder: WalFolder, damage: { readonly file: SegmentFile; readonly offset: number }): void {
  const { fileSystem } = folder;
  for (const number of segmentNumbers(fileSystem.readFolder(damage.file.folder))) {
    if (number > damage.file.segment) fileSystem.remove(`${damage.file.folder}/${segmentName(number)}`);
  }
  const opened = fileSystem.open(damage.file.path, "update");
  try {
    opened.truncate(damage.offset);
    opened.sync();
  } finally {
    opened.close();
  }
  fileSystem.syncFolder(damage.file.folder);
}

/** Removes segments up to `segment` and the checkpoints before the one that stands for it. */
export async function dropSegments(folder: WalFolder, segment: number): Promise<void> {
  for (const number of listSegments(folder)) {
    if (number <= segment) await folder.fileSystem.startRemoving(`${folder.path}/${segmentName(number)}`);
  }
  for (const checkpoint of listCheckpoints(folder)) {
    if (checkpoint.segment < segment) await folder.fileSystem.startRemoving(`${folder.path}/${checkpoint.name}`);
  }
}

/** Bytes of all files of the log. */
export function walBytes(folder: WalFolder): number {
  const { fileSystem } = folder;
  const sizeOf = (path: string): number => {
    const stat = fileSystem.stat(path);
    if (!stat?.isFolder) return stat?.size ?? 0;
    return fileSystem.readFolder(path).reduce((sum, name) => sum + sizeOf(`${path}/${name}`), 0);
  };
  return sizeOf(folder.path);
}
