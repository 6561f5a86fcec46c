// Random histogram series through chunks, head, log, restart and blocks must come back as they were.
// A longer run: FUZZ_ROUNDS=400 npx vitest run packages/tsdb/src/chunk/histogram.fuzz.ts
import { labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { comparable, randomHistograms } from "../testdata/histograms.js";
import { everything, reopenAfterKill, simulated } from "../testdata/rig.js";
import type { Tsdb } from "../tsdb.js";
import { openTsdb } from "../tsdb.js";
import { decodeChunk } from "./decode.js";
import { encodeChunks } from "./encode.js";
import { decodeHistograms } from "./histogram-decode.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 8);
const all = { after: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
const samples = (columns: SampleColumns): unknown[] =>
  Array.from({ length: columns.count }, (_, i) => [
    columns.t[i],
    columns.h?.[i] ? comparable(columns.h[i]) : columns.v[i],
  ]);

function randomColumns(seed: number): SampleColumns {
  const random = randomFrom(seed);
  const columns = new SampleColumns();
  let t = Math.floor(random() * 1e12);
  for (const histogram of randomHistograms(random, 150)) {
    t += random() < 0.7 ? 15_000 : 1 + Math.floor(random() * 100_000);
    if (random() < 0.03) columns.pushFloat(t, random());
    else columns.pushHistogram(t, histogram);
  }
  return columns;
}

test(`any series of histograms and floats survives encoding and decoding (seeds 1–${rounds})`, () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const columns = randomColumns(seed);
    const back = new SampleColumns();
    for (const { data } of encodeChunks(columns)) expect(decodeChunk(data, back, all), `seed ${seed}`).toBe(true);
    expect(samples(back), `seed ${seed}`).toEqual(samples(columns));
  }
});

test("garbage decodes to something or is refused (seeds 1–500)", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomFrom(seed);
    const bytes = Uint8Array.from({ length: 4 + Math.floor(random() * 120) }, () => Math.floor(random() * 256));
    for (const encoding of [2, 3] as const) {
      const chunk = { encoding, bytes, start: 0, end: bytes.length };
      expect(typeof decodeHistograms(chunk, new SampleColumns(), all)).toBe("boolean");
    }
  }
});

function readSeries(db: Tsdb): unknown[] {
  const querier = db.querier(everything);
  const columns = new SampleColumns();
  const [source] = querier.select({ matchers: [matcherFrom("=", "__name__", "h")], ...everything });
  source?.read(columns);
  querier.close();
  return samples(columns);
}

test(`histograms and floats survive head, kill, compaction and restart (seeds 1–${rounds / 4})`, async () => {
  for (let seed = 1; seed <= rounds / 4; seed++) {
    const options = { ...simulated(), retentionMs: 0, walSegmentBytesMax: 4096 };
    let db = await openTsdb(options);
    const columns = randomColumns(seed);
    for (let i = 0; i < columns.count; i++) {
      const appender = db.appender();
      const ref = appender.series(labelsFrom({ __name__: "h" }));
      const histogram = columns.h?.[i];
      const t = columns.t.slice(i, i + 1);
      if (histogram) expect(appender.appendHistogram(ref, t[0]!, histogram)).toBe(0);
      else {
        const outcomes = new Uint8Array(1);
        appender.append({ count: 1, refs: Uint32Array.of(ref), t, v: columns.v.slice(i, i + 1), outcomes });
      }
      appender.commit();
    }
    const expected = samples(columns);
    expect(readSeries(db), `seed ${seed}`).toEqual(expected);
    db = await reopenAfterKill(options);
    expect(readSeries(db), `seed ${seed}, killed`).toEqual(expected);
    await db.compact();
    expect(readSeries(db), `seed ${seed}, compacted`).toEqual(expected);
    await db.close();
    db = await openTsdb(options);
    expect(readSeries(db), `seed ${seed}, reopened`).toEqual(expected);
  }
});
