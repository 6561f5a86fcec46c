// What delete_series marked: intervals per series, hidden from queries at once, dropped at compaction.
import { type SampleColumns, type SeriesRef, setStaleAt } from "@narthex/model";
import { ByteReader, ByteWriter, crc32c, type FileSystem, readWholeFile, writeFileAtomically } from "@narthex/stdx";
import { CorruptionError, decodedAt } from "./errors.js";

const magic = 0x0130ba30;
const version = 1;

/** Both ends inclusive, in ms. */
export interface Interval {
  readonly minTime: number;
  readonly maxTime: number;
}

const none: readonly Interval[] = [];

export class Tombstones {
  readonly #bySeries = new Map<SeriesRef, Interval[]>();

  get size(): number {
    let count = 0;
    for (const intervals of this.#bySeries.values()) count += intervals.length;
    return count;
  }

  /** Sorted, apart from each other. Borrowed. */
  of(ref: SeriesRef): readonly Interval[] {
    return this.#bySeries.get(ref) ?? none;
  }

  entries(): IterableIterator<[SeriesRef, Interval[]]> {
    return this.#bySeries.entries();
  }

  add(ref: SeriesRef, interval: Interval): void {
    this.#bySeries.set(ref, joined([...this.of(ref), interval]));
  }

  copy(): Tombstones {
    const copy = new Tombstones();
    for (const [ref, intervals] of this.#bySeries) copy.#bySeries.set(ref, intervals);
    return copy;
  }

  remove(ref: SeriesRef): void {
    this.#bySeries.delete(ref);
  }

  /** Forgets what ends before `minTime`. */
  truncate(minTime: number): void {
    for (const [ref, intervals] of this.#bySeries) {
      const kept = intervals.filter((interval) => interval.maxTime >= minTime);
      if (kept.length === 0) this.#bySeries.delete(ref);
      else this.#bySeries.set(ref, kept);
    }
  }
}

function joined(intervals: Interval[]): Interval[] {
  intervals.sort((a, b) => a.minTime - b.minTime);
  const out: Interval[] = [];
  for (const interval of intervals) {
    const last = out.at(-1);
    if (last && interval.minTime <= last.maxTime + 1) {
      out[out.length - 1] = { minTime: last.minTime, maxTime: Math.max(last.maxTime, interval.maxTime) };
    } else out.push(interval);
  }
  return out;
}

/** Takes the rows inside the intervals out of the columns. */
export function dropDeleted(columns: SampleColumns, intervals: readonly Interval[]): void {
  if (intervals.length === 0) return;
  let kept = 0;
  let next = 0;
  for (let i = 0; i < columns.count; i++) {
    const t = columns.t[i]!;
    while (next < intervals.length && intervals[next]!.maxTime < t) next++;
    if (next < intervals.length && intervals[next]!.minTime <= t) continue;
    moveRow(columns, i, kept++);
  }
  columns.count = kept;
  columns.notedCount = 0;
}

/** Copies row `from` over row `to`, bits and all. */
export function moveRow(columns: SampleColumns, from: number, to: number): void {
  columns.t[to] = columns.t[from]!;
  if (columns.isStaleAt(from)) setStaleAt(columns.words, to);
  else {
    columns.words[2 * to] = columns.words[2 * from]!;
    columns.words[2 * to + 1] = columns.words[2 * from + 1]!;
  }
  if (columns.h) columns.h[to] = columns.h[from];
  if (columns.startTimes) columns.startTimes[to] = columns.startTimes[from]!;
}

/** Reads a block's `tombstones` file; no file means none. */
export function readTombstones(fileSystem: FileSystem, path: string): Tombstones {
  const tombstones = new Tombstones();
  if (!fileSystem.stat(path)) return tombstones;
  const bytes = readWholeFile(fileSystem, path);
  const reader = new ByteReader(bytes);
  if (bytes.length < 9 || reader.u32() !== magic)
    throw new CorruptionError("no tombstones file", { file: path, offset: 0 });
  if (reader.u8() !== version) throw new CorruptionError("tombstones of unknown version", { file: path, offset: 4 });
  const end = bytes.length - 4;
  // The checksum begins behind the version byte.
  if (crc32c(bytes, 5, end) !== new ByteReader(bytes, end).u32()) {
    throw new CorruptionError("checksum does not match", { file: path, offset: end });
  }
  const entries = new ByteReader(bytes, reader.offset, end);
  decodedAt({ file: path, offset: reader.offset }, () => readTombstoneList(entries, tombstones));
  return tombstones;
}

/** Reads to the end of the reader: ref, minTime, maxTime, again and again. */
export function readTombstoneList(reader: ByteReader, into: Tombstones): void {
  while (reader.remaining > 0) into.add(reader.uvarint(), { minTime: reader.varint(), maxTime: reader.varint() });
}

export function writeTombstoneList(writer: ByteWriter, tombstones: Tombstones): void {
  for (const [ref, intervals] of [...tombstones.entries()].sort(([a], [b]) => a - b)) {
    for (const { minTime, maxTime } of intervals) {
      writer.uvarint(ref);
      writer.varint(minTime);
      writer.varint(maxTime);
    }
  }
}

export function writeTombstones(fileSystem: FileSystem, path: string, tombstones: Tombstones): void {
  const writer = new ByteWriter();
  writer.u32(magic);
  writer.u8(version);
  writeTombstoneList(writer, tombstones);
  writer.u32(crc32c(writer.bytes(), 5));
  writeFileAtomically(fileSystem, path, writer.bytes());
}
