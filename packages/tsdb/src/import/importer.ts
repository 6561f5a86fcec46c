// Makes blocks of samples that come in any order: each sample is looked at once when it comes and once when its block is
// written. Comes from: `tool tsdb create-blocks-from`. Goes to: block/writer.
// Memory: the label sets, and of samples what `blockSamplesMax` says; the rest waits in a file of the directory.
import { compareLabels, type Labels, printLabels, SampleColumns } from "@narthex/model";
import {
  type Clock,
  compareUtf8,
  type File,
  type FileSystem,
  nodeFileSystem,
  type Random,
  systemClock,
} from "@narthex/stdx";
import { type BlockMeta, makeUlid, readMeta } from "../block/meta.js";
import { BlockWriter } from "../block/writer.js";
import { encodeChunks } from "../chunk/encode.js";
import { Spill } from "./spill.js";

export interface ImportOptions {
  /** The data directory; made if it is not there. */
  readonly directory: string;
  /** Length of a block in ms; 2 h. */
  readonly blockRangeMs?: number;
  /** Samples of a block that are sorted in memory at once. */
  readonly blockSamplesMax?: number;
  readonly fileSystem?: FileSystem;
  readonly clock?: Clock;
  readonly random?: Random;
}

const hourMs = 3_600_000;

export class BlockImporter {
  readonly #options: Required<ImportOptions>;
  readonly #series: Labels[] = [];
  readonly #spillPath: string;
  readonly #file: File;
  readonly #spill: Spill;

  constructor(options: ImportOptions) {
    this.#options = {
      directory: options.directory,
      blockRangeMs: options.blockRangeMs ?? 2 * hourMs,
      blockSamplesMax: options.blockSamplesMax ?? 8_000_000,
      fileSystem: options.fileSystem ?? nodeFileSystem,
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
    };
    const { fileSystem, directory, blockRangeMs, clock, random } = this.#options;
    fileSystem.makeFolder(directory);
    this.#spillPath = `${directory}/import-${makeUlid(clock.now(), random)}.tmp`;
    this.#file = fileSystem.open(this.#spillPath, "create");
    this.#spill = new Spill(this.#file, blockRangeMs);
  }

  /** A new series; returns its ref. REQUIRES: each label set once. */
  addSeries(labels: Labels): number {
    return this.#series.push(labels) - 1;
  }

  append(ref: number, t: number, v: number): void {
    this.#spill.add(ref, t, v);
  }

  /** Writes the blocks, oldest first; yields each when it is there. Throws an Error for two values at one time. */
  *finish(): Generator<BlockMeta> {
    try {
      for (const window of this.#spill.windows()) yield this.#writeBlock(window);
    } finally {
      this.close();
    }
  }

  /** Removes the file of waiting samples; blocks that were written stay. */
  close(): void {
    this.#file.close();
    this.#options.fileSystem.removeTree(this.#spillPath);
  }

  #writeBlock(window: number): BlockMeta {
    const { fileSystem, directory, clock, random, blockSamplesMax } = this.#options;
    const { counts, minTime, maxTime } = this.#countSamples(window);
    const refs = [...counts.keys()].filter((ref) => counts[ref]! > 0);
    refs.sort((a, b) => compareLabels(this.#series[a] as Labels, this.#series[b] as Labels));
    const ulid = makeUlid(clock.now(), random);
    const writer = new BlockWriter(
      fileSystem,
      { directory, ulid },
      symbolsOf(refs.map((ref) => this.#series[ref] as Labels)),
    );
    try {
      for (const group of groupsOf(refs, counts, blockSamplesMax)) this.#writeSeries(writer, { window, group, counts });
    } catch (error) {
      writer.abandon();
      throw error;
    }
    const compaction = { level: 1, sources: [ulid] };
    return readMeta(fileSystem, writer.finish({ minTime, maxTime: maxTime + 1, compaction }));
  }

  #countSamples(window: number): { counts: Uint32Array; minTime: number; maxTime: number } {
    const counts = new Uint32Array(this.#series.length);
    let [minTime, maxTime] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { refs, t, count } of this.#spill.rowsOf(window)) {
      for (let row = 0; row < count; row++) {
        counts[refs[row]!]!++;
        if (t[row]! < minTime) minTime = t[row]!;
        if (t[row]! > maxTime) maxTime = t[row]!;
      }
    }
    return { counts, minTime, maxTime };
  }

  /** Puts the samples of some series behind each other, then writes one series after the other. */
  #writeSeries(writer: BlockWriter, { window, group, counts }: SeriesGroup): void {
    const next = new Uint32Array(this.#series.length).fill(absent);
    let total = 0;
    for (const ref of group) {
      next[ref] = total;
      total += counts[ref]!;
    }
    const [times, values] = [new Float64Array(total), new Float64Array(total)];
    for (const { refs, t, v, count } of this.#spill.rowsOf(window)) {
      for (let row = 0; row < count; row++) {
        const at = next[refs[row]!]!;
        if (at === absent) continue;
        times[at] = t[row]!;
        values[at] = v[row]!;
        next[refs[row]!] = at + 1;
      }
    }
    const columns = new SampleColumns();
    for (const ref of group) {
      const end = next[ref]!;
      const start = end - counts[ref]!;
      const labels = this.#series[ref] as Labels;
      fillColumns(columns, { times: times.subarray(start, end), values: values.subarray(start, end), labels });
      writer.addSeries(labels, encodeChunks(columns));
    }
  }
}

interface SeriesGroup {
  readonly window: number;
  readonly group: readonly number[];
  readonly counts: Uint32Array;
}

const absent = 0xffffffff;

/** Runs of series that together have no more samples than `max`; a series alone may. */
function* groupsOf(refs: readonly number[], counts: Uint32Array, max: number): Generator<number[]> {
  let group: number[] = [];
  let samples = 0;
  for (const ref of refs) {
    if (group.length > 0 && samples + counts[ref]! > max) {
      yield group;
      group = [];
      samples = 0;
    }
    group.push(ref);
    samples += counts[ref]!;
  }
  if (group.length > 0) yield group;
}

function symbolsOf(series: readonly Labels[]): string[] {
  return [...new Set(series.flat())].sort(compareUtf8);
}

interface SeriesSamples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly labels: Labels;
}

/** In order of time; a sample that is given twice counts once. */
function fillColumns(columns: SampleColumns, { times, values, labels }: SeriesSamples): void {
  columns.clear();
  columns.reserve(times.length);
  const order = isAscending(times) ? undefined : [...times.keys()].sort((a, b) => times[a]! - times[b]!);
  for (let i = 0; i < times.length; i++) {
    const row = order ? order[i]! : i;
    const last = columns.count - 1;
    if (last >= 0 && columns.t[last] === times[row]) {
      if (Object.is(columns.v[last], values[row])) continue;
      throw new Error(`add sample: duplicate sample for timestamp ${times[row]!} of ${printLabels(labels)}`);
    }
    columns.pushFloat(times[row]!, values[row]!);
  }
}

function isAscending(times: Float64Array): boolean {
  for (let i = 1; i < times.length; i++) if (times[i]! <= times[i - 1]!) return false;
  return true;
}
