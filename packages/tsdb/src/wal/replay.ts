// Reads a log at a start, record by record; what is damaged is cut off behind the last good record.
// Comes from: wal/folder. Goes to: head/replay, agent/replay.
import { CorruptionError } from "../errors.js";
import { type RecordKernel, readSegment, repair, type SegmentFile, type WalFolder } from "./folder.js";
import { isReadType, unreadRecord } from "./records.js";

export interface ReplayProgress {
  /** Numbers of the first and the last segment that are read, and of the one in work. */
  readonly min: number;
  readonly max: number;
  readonly current: number;
}

export interface LogReplay {
  readonly wal: WalFolder;
  /** Called between records, so that a long replay does not hold up the process. */
  readonly pause: () => Promise<void>;
}

export interface LogReader extends LogReplay {
  readonly visit: (record: Uint8Array) => void;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Does records that `visit` is then not told of. */
  readonly kernel?: RecordKernel | undefined;
  /** Told of a file before its records come. */
  readonly onFile?: (file: SegmentFile) => void;
}

/** Returns what was damaged and has been cut off. Throws UnsupportedDataError where there is what we do not read. */
export async function replayFiles(files: readonly SegmentFile[], reader: LogReader): Promise<CorruptionError[]> {
  const corruptions: CorruptionError[] = [];
  const min = files.find((file) => !file.isCheckpoint)?.segment ?? 0;
  const max = files.findLast((file) => !file.isCheckpoint)?.segment ?? min;
  for (const [i, file] of files.entries()) {
    reader.onProgress({ min, max, current: file.isCheckpoint ? min : file.segment });
    reader.onFile?.(file);
    const error = await damageIn(reader, { ...file, kernel: reader.kernel }, reader.visit);
    if (!error) continue;
    await refuseUnread(reader, files.slice(i + 1));
    repair(reader.wal, { file, offset: error.offset });
    corruptions.push(error);
    // A checkpoint is followed by whole segments; behind a cut in a segment nothing may follow.
    if (!file.isCheckpoint) break;
  }
  return corruptions;
}

/** Reads the file up to damage, which it returns. */
export async function damageIn(
  { wal, pause }: LogReplay,
  file: SegmentFile & { readonly kernel?: RecordKernel | undefined },
  visit: (record: Uint8Array) => void,
): Promise<CorruptionError | undefined> {
  try {
    // A record may be that of one series: looking at the clock for each would cost as much as the record.
    let bytes = 0;
    await readSegment(wal, file, (record) => {
      visit(record);
      bytes += record.length;
      if (bytes < pauseBytes) return undefined;
      bytes = 0;
      return pause();
    });
    await pause();
    return undefined;
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    return error;
  }
}

/**
 * Throws UnsupportedDataError where a file holds what we do not read: called before anything is cut off, since a newer
 * Prometheus may still read it.
 */
export async function refuseUnread(replay: LogReplay, files: readonly SegmentFile[]): Promise<void> {
  for (const file of files) {
    await damageIn(replay, file, (record) => {
      if (!isReadType(record[0])) throw unreadRecord(record[0]);
    });
  }
}

const pauseBytes = 64 * 1024;
