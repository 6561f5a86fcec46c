// A log that is written, rolled over and truncated at random while it is followed: everything comes, in order and once.
// FUZZ_ROUNDS=… for more rounds.
import { labelsFrom } from "@narthex/model";
import { ByteWriter, randomFrom, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { writeCheckpoint } from "./checkpoint.js";
import { openSnappy } from "./compression.js";
import { dropSegments, listSegments, type WalFolder } from "./folder.js";
import { segmentName } from "./page.js";
import { emptyRows, encodeMetadata, encodeSamples, encodeSeries, type SampleRows, samplesBytesMax } from "./records.js";
import { type WalSink, WalWatcher } from "./watcher.js";
import { WalWriter } from "./writer.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 6);
const snappy = openSnappy();

/** What was given, as `name t=v`; a sample of a series that nobody named, or that was forgotten, is an error. */
class Collected implements WalSink {
  readonly #names = new Map<number, { readonly name: string; segment: number }>();
  readonly samplesSeen: string[] = [];
  readonly helps = new Map<number, string>();

  series(series: Parameters<WalSink["series"]>[0], segment: number): void {
    for (const { ref, labels } of series) this.#names.set(ref, { name: labels[1] as string, segment });
  }

  samples(rows: SampleRows): void {
    const v = new Float64Array(rows.words.buffer);
    for (let i = 0; i < rows.count; i++) {
      const known = this.#names.get(rows.refs[i]!);
      if (!known) throw new Error(`sample of unknown series ${rows.refs[i]}`);
      this.samplesSeen.push(`${known.name} ${rows.t[i]}=${v[i]}`);
    }
  }

  histograms(): void {}
  exemplars(): void {}

  metadata(records: Parameters<WalSink["metadata"]>[0]): void {
    for (const { ref, metadata } of records) this.helps.set(ref, metadata.help);
  }

  forgetSeriesBefore(segment: number): void {
    for (const [ref, known] of this.#names) if (known.segment < segment) this.#names.delete(ref);
  }
}

function encoded(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  encode(writer);
  return writer.bytes();
}

function samplesRecord(samples: readonly { ref: number; t: number; v: number }[]): Uint8Array {
  const rows = emptyRows(samples.length);
  rows.count = samples.length;
  const v = new Float64Array(rows.words.buffer);
  samples.forEach((sample, i) => {
    rows.refs[i] = sample.ref;
    rows.t[i] = sample.t;
    v[i] = sample.v;
  });
  const target = new Uint8Array(samplesBytesMax(samples.length));
  return target.subarray(0, encodeSamples(rows, target));
}

/** Writes batches of random series; remembers every sample as the watcher shall give it. */
class Scribe {
  readonly folder: WalFolder;
  readonly writer: WalWriter;
  readonly written: string[] = [];
  readonly #random: () => number;
  readonly #live = new Set<number>();
  /** Refs that are gone, and the last segment that names them. */
  readonly #retired = new Map<number, number>();
  #lastRef = 0;
  #t = 0;

  constructor(folder: WalFolder, random: () => number) {
    this.folder = folder;
    this.#random = random;
    this.writer = WalWriter.open({ ...folder, folder: folder.path, snappy, segmentBytesMax: 40_000 });
  }

  write(): void {
    const records: Uint8Array[] = [];
    const fresh = Array.from({ length: Math.floor(this.#random() * 4) }, () => ++this.#lastRef);
    if (fresh.length > 0) {
      const series = fresh.map((ref) => ({ ref, labels: labelsFrom({ __name__: `s${ref}` }) }));
      records.push(encoded((target) => encodeSeries(target, series)));
      const help = (ref: number) => ({ ref, metadata: { type: "gauge", help: `h${ref}`, unit: "" } as const });
      records.push(encoded((target) => encodeMetadata(target, fresh.map(help))));
      for (const ref of fresh) this.#live.add(ref);
    }
    const t = ++this.#t;
    const samples = [...this.#live].map((ref) => ({ ref, t, v: this.#random() }));
    for (const { ref, v } of samples) this.written.push(`s${ref} ${t}=${v}`);
    if (samples.length > 0) records.push(samplesRecord(samples));
    this.writer.write(records);
  }

  /** As the head does after a block: some series go, a checkpoint takes the place of old segments. */
  async truncate(): Promise<void> {
    for (const ref of this.#live) {
      if (this.#random() >= 0.3) continue;
      this.#live.delete(ref);
      this.#retired.set(ref, this.writer.segment);
    }
    this.writer.nextSegment();
    const segments = listSegments(this.folder);
    const segment = segments[Math.floor(segments.length / 2)] ?? 0;
    if (segments.length < 3) return;
    const retired = [...this.#retired].filter(([, last]) => last > segment).map(([ref]) => ref);
    const refs = Uint32Array.from([...this.#live, ...retired]);
    const task = { path: this.folder.path, segment, minTime: this.#t, refs };
    await writeCheckpoint(task, { ...this.folder, pause: async () => undefined });
    await dropSegments(this.folder, segment);
  }
}

describe.each(Array.from({ length: rounds }, (_, i) => i + 1))("seed %i", (seed) => {
  test("a log that is rolled over and truncated comes whole", async () => {
    const random = randomFrom(seed);
    const folder: WalFolder = { fileSystem: new SimFileSystem(), path: "/wal", snappy };
    const scribe = new Scribe(folder, random);
    for (let i = 0; i < 20; i++) scribe.write();
    // Following begins here: earlier samples are not wanted, earlier series are.
    const skipped = scribe.written.length;
    const sink = new Collected();
    const watcher = new WalWatcher({ folder, sink, startTime: 20 });
    await watcher.poll();
    for (let step = 0; step < 400; step++) {
      const dice = random();
      if (dice < 0.7) scribe.write();
      else if (dice < 0.95) await watcher.poll();
      else {
        await watcher.poll();
        await scribe.truncate();
      }
    }
    await watcher.poll();
    expect(sink.samplesSeen).toEqual(scribe.written.slice(skipped));
    expect(watcher.counters).toMatchObject({ segmentsMissed: 0, corruptions: 0 });
    for (const [ref, help] of sink.helps) expect(help).toBe(`h${ref}`);
    expect(sink.helps.size).toBeGreaterThan(100);
    await watcher.close();
  });

  test("a segment that grows by a few bytes at a time comes whole", async () => {
    const random = randomFrom(seed);
    const whole: WalFolder = { fileSystem: new SimFileSystem(), path: "/wal", snappy };
    const scribe = new Scribe(whole, random);
    for (let i = 0; i < 60; i++) scribe.write();
    scribe.writer.close();
    const fileSystem = new SimFileSystem();
    fileSystem.makeFolder("/wal");
    const sink = new Collected();
    const watcher = new WalWatcher({ folder: { ...whole, fileSystem }, sink, startTime: 0 });
    await watcher.poll();
    for (const segment of listSegments(whole)) {
      const bytes = readWholeFile(whole.fileSystem, `/wal/${segmentName(segment)}`);
      const file = fileSystem.open(`/wal/${segmentName(segment)}`, "create");
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 3000));
        file.write(bytes.subarray(at, end), at);
        at = end;
        await watcher.poll();
      }
    }
    await watcher.poll();
    expect(sink.samplesSeen).toEqual(scribe.written);
    expect(watcher.counters.corruptions).toBe(0);
    await watcher.close();
  });
});

test("a torn record before a later segment is passed over and told of", async () => {
  const folder: WalFolder = { fileSystem: new SimFileSystem(), path: "/wal", snappy };
  const scribe = new Scribe(folder, randomFrom(9));
  const errors: string[] = [];
  const sink = new Collected();
  const onCorruption = (error: Error): number => errors.push(error.message);
  const watcher = new WalWatcher({ folder, sink, startTime: 0, onCorruption });
  for (let i = 0; i < 3; i++) scribe.write();
  const sizeBefore = scribe.writer.segmentLength;
  scribe.write();
  const lost = scribe.written.length;
  folder.fileSystem.open("/wal/00000000", "update").truncate(sizeBefore + 5);
  await watcher.poll();
  expect(errors).toEqual([]);
  folder.fileSystem.open("/wal/00000001", "create");
  await watcher.poll();
  expect(errors).toEqual([`/wal/00000000: byte ${sizeBefore}: torn fragment header`]);
  expect(sink.samplesSeen.length).toBeLessThan(lost);
  await watcher.close();
});

test("segments that went before they were read are counted", async () => {
  const folder: WalFolder = { fileSystem: new SimFileSystem(), path: "/wal", snappy };
  const scribe = new Scribe(folder, randomFrom(3));
  const sink = new Collected();
  const watcher = new WalWatcher({ folder, sink, startTime: 0 });
  scribe.write();
  await watcher.poll();
  for (let i = 0; i < 6; i++) {
    scribe.writer.nextSegment();
    scribe.write();
  }
  await scribe.truncate();
  scribe.write();
  await watcher.poll();
  expect(watcher.counters.segmentsMissed).toBeGreaterThan(0);
  expect(sink.samplesSeen.at(-1)).toBe(scribe.written.at(-1));
  await watcher.close();
});
