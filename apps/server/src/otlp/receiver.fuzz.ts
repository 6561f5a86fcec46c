// Whatever a sender says, each point is stored or refused, what is stored can be read again, and pieces are the same as a whole.
import { decodeOtlpJson, decodeOtlpJsonSteps } from "@narthex/formats";
import { matcherFrom, printLabels, SampleColumns } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { expect, test } from "vitest";
import { type OtlpConfig, otlpDefaults } from "../config/otlp.js";
import { DeltaAccumulator } from "./accumulator.js";
import { type OtlpReceiverOptions, storeExport, storeShort } from "./receiver.js";
import { at, attributesOf, nanoseconds } from "./testing.js";

const seed = Number(process.env["SEED"] ?? 11);
const steps = Number(process.env["STEPS"] ?? 400);

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

const keys = ["a", "a.b", "a_b", "", "..", "__name__", "le", "quantile", "job", "ключ", "1"];
const texts = ["", "x", "y", "é", "\ud800", "x".repeat(70_000)];
const numbers = [0, 1, 5, -1, 0.5, 1e308, "NaN", "Infinity", "-Infinity"];
const counts = [0, 1, 2, 2, 3, 7, "9007199254740993", "18446744073709551615"];
const scales = [0, 3, 8, 9, 20, -4, -5, 2 ** 31 - 1, -(2 ** 31)];
const offsets = [0, 1, -5, 1000, 2 ** 31 - 1, -(2 ** 31)];

function list<T>(random: Random, max: number, make: () => T): T[] {
  return Array.from({ length: Math.floor(random() * (max + 1)) }, make);
}

function point(random: Random, step: number): object {
  const odd = (): unknown => pick(random, numbers);
  const count = (): unknown => pick(random, counts);
  const time = pick(random, [at + step * 1000, at + step * 1000, at + step * 1000 - 500, at + 10 ** 10, 0]);
  const buckets = (): object => ({ offset: pick(random, offsets), bucketCounts: list(random, 6, count) });
  // Every other point is one that can be: one observation in one bucket.
  const isRight = random() < 0.5;
  const right = { count: 1, sum: 1, scale: 2, zeroCount: 0, bucketCounts: [1, 0], explicitBounds: [1] };
  return {
    attributes: list(random, 3, () => attributesOf({ [pick(random, keys)]: pick(random, texts) })[0]),
    timeUnixNano: nanoseconds(time),
    startTimeUnixNano: pick(random, ["0", nanoseconds(at), nanoseconds(at + step * 1000 - 1000)]),
    flags: random() < 0.1 ? 1 : 0,
    asDouble: odd(),
    ...(isRight
      ? { ...right, positive: { offset: 0, bucketCounts: [1] } }
      : {
          count: count(),
          sum: odd(),
          scale: pick(random, scales),
          zeroCount: count(),
          zeroThreshold: odd(),
          positive: buckets(),
          negative: buckets(),
          bucketCounts: list(random, 5, count),
          explicitBounds: list(random, 4, odd),
          quantileValues: list(random, 3, () => ({ quantile: odd(), value: odd() })),
        }),
    exemplars: list(random, 2, () => ({ asDouble: odd(), timeUnixNano: nanoseconds(time) })),
  };
}

const kinds = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];

function metric(random: Random, step: number): object {
  const kind = pick(random, kinds);
  return {
    name: pick(random, ["m", "m.n", "...", "", "1x"]) + kind,
    unit: pick(random, ["", "s", "By/s", "1", "{x}", "a b"]),
    [kind]: {
      aggregationTemporality: pick(random, [0, 1, 2, 2, 2]),
      isMonotonic: random() < 0.5,
      dataPoints: list(random, 3, () => point(random, step)),
    },
  };
}

function exportFrom(random: Random, step: number): Uint8Array {
  const resource = {
    attributes: list(random, 3, () => attributesOf({ [pick(random, keys)]: pick(random, ["x", "y"]) })[0]),
  };
  const scope = { name: pick(random, ["", "scope"]), attributes: attributesOf({ k: "v" }) };
  const metrics = list(random, 4, () => metric(random, step));
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] }));
}

function configFrom(random: Random): OtlpConfig {
  const flag = (): boolean => random() < 0.5;
  return {
    ...otlpDefaults,
    translation_strategy: pick(random, [
      "UnderscoreEscapingWithSuffixes",
      "NoUTF8EscapingWithSuffixes",
      "UnderscoreEscapingWithoutSuffixes",
      "NoTranslation",
    ]),
    promote_all_resource_attributes: flag(),
    keep_identifying_resource_attributes: flag(),
    convert_histograms_to_nhcb: flag(),
    promote_scope_metadata: flag(),
    label_name_preserve_multiple_underscores: flag(),
  };
}

function open(fileSystem: SimFileSystem): Promise<Tsdb> {
  return openTsdb({ fileSystem, path: "/data", retentionMs: 0, exemplarsMax: 10, outOfOrderTimeWindowMs: 3_600_000 });
}

/** Each series with the number of its samples. */
function contentOf(db: Tsdb): readonly string[] {
  const range = { start: at - 10 ** 7, end: at + 10 ** 7 };
  const querier = db.querier(range);
  const columns = new SampleColumns();
  const lines = querier.select({ matchers: [matcherFrom("=~", "__name__", ".+")], ...range }).map((series) => {
    series.read(columns);
    return `${printLabels(series.labels)} ${columns.count}`;
  });
  querier.close();
  return lines.sort();
}

test(`points of any kind are stored or refused (seed ${seed})`, { timeout: 60_000 }, async () => {
  const random = randomFrom(seed);
  const files = new SimFileSystem();
  const [whole, pieces] = await Promise.all([open(files), open(new SimFileSystem())]);
  let now = at;
  const deltas = [0, 1].map(() => new DeltaAccumulator({ now: () => now }));
  const totals = { written: 0, refused: 0 };
  for (let step = 0; step < steps; step++) {
    now = at + step * 1000;
    const body = exportFrom(random, step);
    const config = configFrom(random);
    const kind = pick(random, ["refused", "stored", "accumulated"] as const);
    const [storesStartTimes, startsAtZero, addsTypeAndUnit] = [random() < 0.5, random() < 0.5, random() < 0.5] as const;
    const optionsFor = (db: Tsdb, accumulator: DeltaAccumulator | undefined): OtlpReceiverOptions => ({
      appendable: db,
      now: () => now,
      storesStartTimes,
      startsAtZero,
      addsTypeAndUnit,
      config: () => config,
      lookbackDeltaMs: 300_000,
      deltas: kind === "accumulated" && accumulator ? accumulator : kind === "stored" ? "stored" : "refused",
    });
    const written = storeShort(decodeOtlpJson(body), optionsFor(whole, deltas[0]));
    const decode = (): ReturnType<typeof decodeOtlpJsonSteps> => decodeOtlpJsonSteps(body);
    const inPieces = await storeExport({ bytes: Infinity, decode }, optionsFor(pieces, deltas[1]));
    expect({ ...inPieces, refusals: inPieces.refusals.print() }).toEqual({
      ...written,
      refusals: written.refusals.print(),
    });
    totals.written += written.samples + written.histograms;
    totals.refused += written.refusals.count;
  }
  expect(Math.min(totals.written, totals.refused)).toBeGreaterThan(steps / 4);
  const content = contentOf(whole);
  expect(content.length).toBeGreaterThan(20);
  expect(contentOf(pieces)).toEqual(content);
  await Promise.all([whole.close(), pieces.close()]);
  const reopened = await open(files);
  expect(contentOf(reopened)).toEqual(content);
  await reopened.close();
});
