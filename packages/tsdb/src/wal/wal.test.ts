import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type Histogram, labelsFrom } from "@narthex/model";
import { ByteWriter, randomFrom, readWholeFile, SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { comparable, randomHistograms } from "../testdata/histograms.js";
import { openSnappy, openZstd, type Zstd } from "./compression.js";
import { filesToReplay, readSegment, repair, type WalFolder } from "./folder.js";
import { decodeHistogramRecords, encodeHistograms, histogramRecordType } from "./histogram-records.js";
import { pageBytes, segmentName, snappyFlag, zstdFlag } from "./page.js";
import {
  areAllOlder,
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
  samplesBytesMax,
  samplesRecord,
} from "./records.js";
import { WalWriter } from "./writer.js";

const snappy = openSnappy();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
/** In the place of zstd, which this Node.js may not have: its magic number, and deflate behind that. */
const standInZstd: Zstd = {
  compress: (bytes) => Buffer.concat([Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), deflateRawSync(bytes)]),
  uncompress: (frame, maxOutputLength) => inflateRawSync(frame.subarray(4), { maxOutputLength }),
};

const folderOn = (fileSystem: SimFileSystem): WalFolder => ({ fileSystem, path: "/wal", snappy });

function encoded(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  encode(writer);
  return writer.bytes();
}

async function readAll(folder: WalFolder): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for (const file of filesToReplay(folder)) {
    await readSegment(folder, file, (record) => {
      records.push(record.slice());
    });
  }
  return records;
}

/** Records of many lengths, around the borders of pages among them. */
function someRecords(seed: number): Uint8Array[] {
  const random = randomFrom(seed);
  const lengths = [1, 2, 3, pageBytes - 7, pageBytes - 8, 1, pageBytes - 14, 3, 2 * pageBytes, 5, 100_000];
  return lengths.map((length) => Uint8Array.from({ length }, () => 1 + Math.floor(random() * 255)));
}

describe("records", () => {
  test("series have Prometheus' bytes", () => {
    const series = [{ ref: 258, labels: labelsFrom({ a: "b", ä: "" }) }];
    const bytes = encoded((writer) => encodeSeries(writer, series));
    expect(hex(bytes)).toBe("01" + "0000000000000102" + "01" + "0161" + "0162");
    expect(decodeSeries(bytes)).toEqual(series);
  });

  test("samples have Prometheus' bytes", () => {
    const rows = emptyRows();
    rows.count = 2;
    rows.refs.set([7, 5]);
    rows.t.set([1000, 3000]);
    new Float64Array(rows.words.buffer, 0, 2).set([1, -2]);
    const target = new Uint8Array(100);
    const length = encodeSamples(rows, target);
    const base = "02" + "0000000000000007" + "00000000000003e8";
    expect(hex(target.subarray(0, length))).toBe(`${base}0000${"3ff0000000000000"}03a01f${"c000000000000000"}`);
    const back = emptyRows(1);
    decodeSamples(target.subarray(0, length), back);
    expect([back.count, ...back.refs.subarray(0, 2), ...back.t.subarray(0, 2)]).toEqual([2, 7, 5, 1000, 3000]);
    expect(back.words.subarray(0, 4)).toEqual(rows.words.subarray(0, 4));
  });

  test("samples with start times have the bytes of Prometheus 3.14", () => {
    const rows = emptyRows();
    rows.count = 4;
    rows.refs.set([7, 5, 6, 9]);
    rows.t.set([1000, 3000, 1000, 1000]);
    rows.startTimes = new Float64Array(rows.t.length);
    rows.startTimes.set([500, 500, 0, 600]);
    new Float64Array(rows.words.buffer, 0, 4).set([1, -2, 0, 1]);
    const bytes = encoded((writer) => encodeSamplesWithStarts(writer, rows));
    const one = "3ff0000000000000";
    const first = `0b${"0e"}${"d00f"}${"e807"}${one}`;
    const others = [`03${"a01f"}01c000000000000000`, `02${"00"}00${"0".repeat(16)}`, `06${"00"}02${"c801"}${one}`];
    expect(hex(bytes)).toBe(first + others.join(""));
    const back = emptyRows(1);
    decodeSamples(bytes, back);
    expect([...back.refs.subarray(0, back.count)]).toEqual([7, 5, 6, 9]);
    expect([...back.t.subarray(0, 4)]).toEqual([1000, 3000, 1000, 1000]);
    expect([...back.startTimes!.subarray(0, 4)]).toEqual([500, 500, 0, 600]);
    expect(back.words.subarray(0, 8)).toEqual(rows.words.subarray(0, 8));
  });

  test("samples far apart, and many of them, come back", () => {
    const random = randomFrom(5);
    const rows = emptyRows(2000);
    rows.count = 2000;
    const v = new Float64Array(rows.words.buffer);
    for (let i = 0; i < rows.count; i++) {
      rows.refs[i] = Math.floor(random() * 2 ** Math.floor(random() * 32));
      rows.t[i] = Math.floor((random() - 0.5) * 2 ** Math.floor(random() * 45));
      v[i] = random();
    }
    const target = new Uint8Array(samplesBytesMax(rows.count));
    const record = target.subarray(0, encodeSamples(rows, target));
    const back = emptyRows(1);
    decodeSamples(record, back);
    expect(back.count).toBe(rows.count);
    expect(back.refs.subarray(0, 2000)).toEqual(rows.refs.subarray(0, 2000));
    expect(back.t.subarray(0, 2000)).toEqual(rows.t.subarray(0, 2000));
    expect(back.words.subarray(0, 4000)).toEqual(rows.words.subarray(0, 4000));
    expect(() => decodeSamples(record.subarray(0, record.length - 3), back)).toThrow("unexpected end");
  });

  test.each([12, 13])("histograms with start times come back (type %i)", (type) => {
    const isWhole = (histogram: Histogram): boolean => [7, 9].includes(histogramRecordType(histogram));
    const made = [...randomHistograms(randomFrom(type), 60)].filter((one) => type === 13 || isWhole(one));
    const records = made.map((histogram, i) => ({
      ref: 5 + (i % 3),
      t: 1000 * i,
      startTime: [0, 300, 300, 900][i % 4]!,
      histogram,
    }));
    const bytes = encoded((writer) => encodeHistograms(writer, type, records));
    const back = decodeHistogramRecords(bytes);
    expect(back.map(({ ref, t, startTime }) => [ref, t, startTime])).toEqual(
      records.map(({ ref, t, startTime }) => [ref, t, startTime]),
    );
    expect(back.map(({ histogram }) => comparable(histogram))).toEqual(made.map(comparable));
  });

  test("of samples that are all older than a time are told from others", () => {
    const random = randomFrom(7);
    const base = 1_700_000_000_000;
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(random() * 20);
      const rows = { ...emptyRows(count), count };
      for (let i = 0; i < count; i++) {
        rows.refs[i] = Math.floor(random() * 2 ** (1 + random() * 31));
        rows.t[i] = base + Math.floor((random() - 0.5) * 2 ** (random() * 40));
        rows.words[2 * i] = random() * 2 ** 32;
      }
      const record = samplesRecord(rows);
      const newest = Math.max(...rows.t.subarray(0, count));
      expect([newest, newest + 1].map((minTime) => areAllOlder(record, minTime))).toEqual([false, true]);
      expect(areAllOlder(record.subarray(0, record.length - 1), newest + 1)).toBe(false);
    }
    expect(areAllOlder(samplesRecord({ ...emptyRows(1), count: 1, startTimes: new Float64Array(1) }), base)).toBe(
      false,
    );
  });

  test("tombstones, exemplars and metadata come back", () => {
    const tombstones = [
      { ref: 3, minTime: -5, maxTime: 1e12 },
      { ref: 4, minTime: Number.NEGATIVE_INFINITY, maxTime: Number.POSITIVE_INFINITY },
    ];
    expect(decodeTombstones(encoded((writer) => encodeTombstones(writer, tombstones)))).toEqual(tombstones);
    const exemplars = [
      { ref: 3, t: 10, v: 0.5, labels: labelsFrom({ trace: "x" }) },
      { ref: 1, t: 4, v: -1, labels: labelsFrom({}) },
    ];
    expect(decodeExemplars(encoded((writer) => encodeExemplars(writer, exemplars)))).toEqual(exemplars);
    const metadata = [{ ref: 3, metadata: { type: "counter", help: "h\n", unit: "s" } as const }];
    expect(decodeMetadata(encoded((writer) => encodeMetadata(writer, metadata)))).toEqual(metadata);
  });
});

describe("pages", () => {
  test.each([
    ["not compressed", {}, 0],
    ["snappy", { snappy }, snappyFlag],
    ["zstd", { zstd: standInZstd }, zstdFlag],
  ])("records of every length come back: %s", async (_, compression, flag) => {
    const folder = { ...folderOn(new SimFileSystem()), zstd: standInZstd };
    const records = someRecords(1);
    for (let round = 0; round < 2; round++) {
      const writer = WalWriter.open({
        fileSystem: folder.fileSystem,
        folder: "/wal",
        ...compression,
        segmentBytesMax: 3 * pageBytes,
      });
      for (const record of records) writer.write([record]);
      writer.close();
    }
    expect((await readAll(folder)).map(hex)).toEqual([...records, ...records].map(hex));
    expect(filesToReplay(folder).length).toBeGreaterThan(3);
    // No checksum covers the flags, so they are looked at here.
    const compressible = WalWriter.open({ fileSystem: folder.fileSystem, folder: "/flag", ...compression });
    compressible.write([new Uint8Array(500)]);
    expect(readWholeFile(folder.fileSystem, "/flag/00000000")[0]! & (snappyFlag | zstdFlag)).toBe(flag);
  });

  test("zstd is node:zlib's, and bounded", () => {
    expect(openZstd({})).toBeUndefined();
    const lengths: number[] = [];
    const library = {
      zstdCompressSync: (bytes: Uint8Array) => bytes,
      zstdDecompressSync(bytes: Uint8Array, options: { readonly maxOutputLength: number }) {
        lengths.push(options.maxOutputLength);
        return bytes;
      },
    };
    openZstd(library)?.uncompress(Uint8Array.of(1), 7);
    expect(lengths).toEqual([7]);
  });
});

describe("damage", () => {
  async function check(damageAt: number, act: (fileSystem: SimFileSystem, path: string) => void): Promise<void> {
    const fileSystem = new SimFileSystem();
    const folder = folderOn(fileSystem);
    const records = Array.from({ length: 40 }, (_, i) => new Uint8Array(3000).fill(i + 1));
    const writer = WalWriter.open({ fileSystem, folder: "/wal", segmentBytesMax: 2 * pageBytes });
    for (const record of records) writer.write([record]);
    writer.close();
    act(fileSystem, `/wal/${segmentName(0)}`);
    const read: number[] = [];
    const [first] = filesToReplay(folder);
    const reading = readSegment(folder, first!, (record) => void read.push(record[0]!));
    const error = (await reading.then(
      () => undefined,
      (cause: unknown) => cause,
    )) as { name: string; offset: number; file: string };
    expect(error).toMatchObject({ name: "CorruptionError", file: "/wal/00000000" });
    expect(read).toEqual(Array.from({ length: damageAt }, (_, i) => i + 1));
    repair(folder, { file: first!, offset: error.offset });
    expect((await readAll(folder)).map((record) => record[0])).toEqual(read);
    expect(fileSystem.readFolder("/wal")).toEqual(["00000000"]);
  }

  test("a flipped bit costs that record and what follows", () =>
    check(5, (fileSystem, path) => fileSystem.open(path, "update").write(Uint8Array.of(0xff), 5 * 3007 + 100)));

  test("a torn record costs that record", () =>
    check(7, (fileSystem, path) => fileSystem.open(path, "update").truncate(7 * 3007 + 1000)));

  test("a torn header costs its record", () =>
    check(7, (fileSystem, path) => fileSystem.open(path, "update").truncate(7 * 3007 + 3)));

  test("bytes in the padding are damage", () =>
    check(10, (fileSystem, path) => {
      const file = fileSystem.open(path, "update");
      file.truncate(10 * 3007);
      file.write(Uint8Array.of(0, 0, 1), 10 * 3007);
    }));

  test("a write that the disk refuses leaves the log as it was", async () => {
    const fileSystem = new SimFileSystem({ sizeMax: 10_000 });
    const folder = folderOn(fileSystem);
    const writer = WalWriter.open({ fileSystem, folder: "/wal" });
    writer.write([new Uint8Array(6000).fill(1)]);
    expect(() => writer.write([new Uint8Array(6000).fill(2)])).toThrow("cannot write WAL segment 00000000");
    fileSystem.sizeMax = 20_000;
    writer.write([new Uint8Array(6000).fill(3)]);
    expect((await readAll(folder)).map((record) => record[0])).toEqual([1, 3]);
  });
});

describe("syncing beside the writing", () => {
  /** A disk whose syncs beside the writing end when they are told to. */
  function open(): { writer: WalWriter; syncs: { resolve: () => void; reject: (error: Error) => void }[] } {
    const fileSystem = new SimFileSystem();
    const syncs: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const openFile = fileSystem.open.bind(fileSystem);
    fileSystem.open = (path, mode) => {
      const file = openFile(path, mode);
      return Object.assign(Object.create(file) as typeof file, {
        startSync: () => new Promise<void>((resolve, reject) => syncs.push({ resolve, reject })),
      });
    };
    return { writer: WalWriter.open({ fileSystem, folder: "/wal", syncAheadBytes: 1000 }), syncs };
  }

  const record = Uint8Array.from({ length: 600 }, (_, i) => (i * 31) & 0xff);

  test("begins after so many bytes, one at a time", async () => {
    const { writer, syncs } = open();
    writer.write([record]);
    expect(syncs.length).toBe(0);
    for (let i = 0; i < 5; i++) writer.write([record]);
    expect(syncs.length).toBe(1);
    syncs[0]!.resolve();
    await Promise.resolve();
    await Promise.resolve();
    writer.write([record]);
    expect(syncs.length).toBe(2);
  });

  test("that fails is told by the next sync that somebody relies on, once", async () => {
    const { writer, syncs } = open();
    for (let i = 0; i < 2; i++) writer.write([record]);
    syncs[0]!.reject(new Error("EIO"));
    await Promise.resolve();
    await Promise.resolve();
    expect(() => writer.nextSegment()).toThrow("EIO");
    expect(writer.nextSegment()).toBe(0);
  });
});
