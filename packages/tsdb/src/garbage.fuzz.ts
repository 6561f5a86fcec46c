// Garbage in every file: the database opens with what is left or refuses with file and offset; nothing crashes or hangs.
// A longer run: FUZZ_ROUNDS=5000 npx vitest run packages/tsdb/src/garbage.fuzz.ts
import { labelsFrom, matcherFrom } from "@narthex/model";
import { crc32c, type Random, randomFrom, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { beforeAll, expect, test } from "vitest";
import { CorruptionError, UnsupportedDataError } from "./errors.js";
import { randomHistograms } from "./testdata/histograms.js";
import { append, dump, everything, simulated } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";
import { WalWriter } from "./wal/writer.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 4);
const timeout = 60_000 + rounds * 10_000;
const hour = 3_600_000;
const below = (random: Random, end: number): number => Math.floor(random() * end);

type Files = Map<string, Uint8Array>;

function readTree(fileSystem: SimFileSystem, folder: string, files: Files = new Map()): Files {
  for (const name of fileSystem.readFolder(folder)) {
    const path = `${folder}/${name}`;
    if (fileSystem.stat(path)?.isFolder) readTree(fileSystem, path, files);
    else files.set(path, readWholeFile(fileSystem, path));
  }
  return files;
}

function diskWith(files: Files): SimFileSystem {
  const fileSystem = new SimFileSystem();
  for (const [path, bytes] of files) {
    fileSystem.makeFolder(path.slice(0, path.lastIndexOf("/")));
    fileSystem.open(path, "create").write(bytes, 0);
  }
  return fileSystem;
}

const optionsOn = (fileSystem: SimFileSystem) => ({
  ...simulated(fileSystem),
  retentionMs: 0,
  exemplarsMax: 10,
  outOfOrderTimeWindowMs: hour,
  walSegmentBytesMax: 16_384,
});

/**
 * Blocks with tombstones, a checkpoint, segments and head chunks, in order and late; floats, histograms, exemplars, metadata.
 */
async function builtDatabase(): Promise<Files> {
  const fileSystem = new SimFileSystem();
  const db = await openTsdb(optionsOn(fileSystem));
  const histograms = [...randomHistograms(randomFrom(7), 150)];
  for (let i = 0; i < 150; i++) {
    const t = i * 240_000;
    append(db, [
      ["a", t, i],
      [`b${i % 40}`, t, Math.sin(i)],
    ]);
    const appender = db.appender();
    const ref = appender.series(labelsFrom({ __name__: "h", job: "test" }));
    appender.appendHistogram(ref, t, histograms[i]!);
    appender.appendExemplar(ref, { labels: labelsFrom({ trace: `${i}` }), v: i, t });
    appender.setMetadata(ref, { type: "histogram", help: `help ${i}`, unit: "s" });
    appender.commit();
    if (i % 50 === 49) await db.compact();
  }
  await db.deleteSeries([matcherFrom("=", "__name__", "a")], { start: hour, end: 9 * hour });
  // A full late chunk, its marker, and samples behind it.
  for (let i = 0; i < 40; i++) append(db, [["late", 149 * 240_000 - i * 60_000, i]]);
  await db.close();
  const files = readTree(fileSystem, "/data");
  files.delete("/data/lock");
  return files;
}

const damages: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, random) => bytes.slice(0, below(random, bytes.length)),
  (bytes, random) => {
    bytes[below(random, bytes.length)]! ^= 1 << below(random, 8);
    return bytes;
  },
  (bytes, random) => {
    const at = below(random, bytes.length);
    return bytes.fill(below(random, 256), at, at + 1 + below(random, 64));
  },
  (_bytes, random) => Uint8Array.from({ length: below(random, 200) }, () => below(random, 256)),
  (bytes, random) => Uint8Array.of(...bytes.slice(0, 8), ...Array.from({ length: 90 }, () => below(random, 256))),
  (bytes, random) =>
    Uint8Array.of(...bytes, ...Array.from({ length: 1 + below(random, 90) }, () => below(random, 256))),
];

/** Only these may come out of a damaged directory. */
function checkRefusal(error: unknown, place: string): void {
  if (error instanceof UnsupportedDataError) return;
  if (!(error instanceof CorruptionError)) throw new Error(place, { cause: error });
  expect(error.file, place).toMatch(/^\/data\//);
  expect(error.offset, place).toBeGreaterThanOrEqual(0);
}

async function useEverything(db: Tsdb): Promise<void> {
  const querier = db.querier(everything);
  querier.labelNames({ matchers: [] });
  querier.labelValues("__name__", { matchers: [matcherFrom("=~", "__name__", "b.*")] });
  querier.close();
  db.exemplars(everything, [[matcherFrom("=", "job", "test")]]);
  append(db, [["a", 1000 * hour, 1]]);
  dump(db);
}

async function checkDisk(fileSystem: SimFileSystem, place: string): Promise<void> {
  const onCorruption = (error: CorruptionError): void => checkRefusal(error, place);
  try {
    const db = await openTsdb({ ...optionsOn(fileSystem), onCorruption });
    for (const use of [() => useEverything(db), () => db.compact(), () => db.cleanTombstones()]) {
      await use().catch((error: unknown) => checkRefusal(error, place));
    }
    await db.close();
  } catch (error) {
    checkRefusal(error, place);
  }
}

let files: Files;
beforeAll(async () => {
  files = await builtDatabase();
});

/** The paths by kind of file, so that each kind has its turn. */
function pathsByKind(): string[][] {
  const kinds = [
    /\/index$/,
    /\/chunks\//,
    /\/meta\.json$/,
    /\/tombstones$/,
    /\/wal\/\d/,
    /\/checkpoint/,
    /\/wbl\/\d/,
    /\/chunks_head\//,
    /\/chunk_snapshot/,
  ];
  return kinds.map((kind) => [...files.keys()].filter((path) => kind.test(path)));
}

test(`damaged files (seeds 1–${rounds} for each kind of file)`, { timeout }, async () => {
  for (const paths of pathsByKind()) {
    expect(paths.length).toBeGreaterThan(0);
    for (let seed = 1; seed <= rounds; seed++) {
      const random = randomFrom(seed);
      const path = paths[below(random, paths.length)] as string;
      const damage = damages[seed % damages.length]!;
      const damaged = new Map(files).set(path, damage((files.get(path) as Uint8Array).slice(), random));
      await checkDisk(diskWith(damaged), `${path}, seed ${seed}`);
    }
  }
});

const logs = ["wal", "wbl"];

test.each(logs)(`%s records of garbage with right checksums (seeds 1–${rounds})`, { timeout }, async (log) => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const fileSystem = diskWith(files);
    const writer = WalWriter.open({ fileSystem, folder: `/data/${log}` });
    const record = Uint8Array.from({ length: 1 + below(random, 60) }, () => below(random, random() < 0.5 ? 4 : 256));
    record[0] = 1 + (seed % 10);
    writer.write([record]);
    writer.close();
    await checkDisk(fileSystem, `${log} record of type ${record[0]}, seed ${seed}`);
  }
});

/** Changes bytes of a framed section and puts its checksum right: only the decoder can notice. */
function reseal(bytes: Uint8Array, section: { start: number; end: number; crcStart?: number }, random: Random): void {
  const { start, end, crcStart = start } = section;
  for (let i = 1 + below(random, 3); i > 0; i--) bytes[start + below(random, end - start)] = below(random, 256);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32c(bytes, crcStart, end));
}

function resealIndex(bytes: Uint8Array, random: Random): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const toc = bytes.length - 52;
  const table = view.getUint32(toc + 44);
  const symbols = view.getUint32(toc + 4);
  const series = Math.ceil(view.getUint32(toc + 12) / 16) * 16;
  const choices = [
    { start: symbols + 4, end: symbols + 4 + view.getUint32(symbols) },
    { start: table + 4, end: table + 4 + view.getUint32(table) },
    { start: toc, end: toc + 48 },
    { start: series + 1, end: series + 1 + bytes[series]! },
  ];
  reseal(bytes, choices[below(random, choices.length)]!, random);
}

function resealChunk(bytes: Uint8Array, random: Random): void {
  const isLong = bytes[8]! >= 128;
  const length = isLong ? (bytes[8]! & 127) + 128 * bytes[9]! : bytes[8]!;
  const start = isLong ? 10 : 9;
  reseal(bytes, { start: start + 1, end: start + 1 + length, crcStart: start }, random);
}

function headChunkEnd(bytes: Uint8Array, at: number): number {
  const isLong = bytes[at + 25]! >= 128;
  const length = isLong ? (bytes[at + 25]! & 127) + 128 * bytes[at + 26]! : bytes[at + 25]!;
  return at + (isLong ? 27 : 26) + length + 4;
}

function resealHeadChunk(bytes: Uint8Array, random: Random): void {
  const starts: number[] = [];
  for (let at = 8; at < bytes.length; at = headChunkEnd(bytes, at)) starts.push(at);
  const at = starts[below(random, starts.length)] as number;
  reseal(bytes, { start: at + 27, end: headChunkEnd(bytes, at) - 4, crcStart: at }, random);
}

const sealed: readonly [RegExp, (bytes: Uint8Array, random: Random) => void][] = [
  [/\/index$/, resealIndex],
  [/\/chunks\//, resealChunk],
  [/\/chunks_head\//, resealHeadChunk],
  [/\/tombstones$/, (bytes, random) => reseal(bytes, { start: 5, end: bytes.length - 4 }, random)],
];

test.each(sealed)(`%s with garbage and right checksums (seeds 1–${rounds})`, { timeout }, async (kind, damage) => {
  const paths = [...files.keys()].filter((path) => kind.test(path) && (files.get(path) as Uint8Array).length > 9);
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const path = paths[below(random, paths.length)] as string;
    const bytes = (files.get(path) as Uint8Array).slice();
    damage(bytes, random);
    await checkDisk(diskWith(new Map(files).set(path, bytes)), `${path}, seed ${seed}`);
  }
});
