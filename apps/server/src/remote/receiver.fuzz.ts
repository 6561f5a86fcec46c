// Whatever a writer sends, each series is stored or refused, and what is stored can be read again.
import { decodeWriteRequest, MessageWriter } from "@narthex/formats";
import { matcherFrom, SampleColumns } from "@narthex/model";
import { type Random, randomFrom, SimFileSystem } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { expect, test } from "vitest";
import { storeReceived } from "./receiver.js";
import { writeRules } from "./write-rules.js";

const seed = Number(process.env["SEED"] ?? 11);
const steps = Number(process.env["STEPS"] ?? 1000);

const now = 1_700_000_000_000;
const odd = [NaN, Infinity, -Infinity, -1, 0, 0.5, 1, 2 ** 31, 2 ** 40, Number.MAX_VALUE];

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

/** A histogram that is right but for up to three fields. */
function randomHistogram(random: Random, t: number): Uint8Array {
  const writer = new MessageWriter();
  const isFloat = random() < 0.5;
  const wrong = (): boolean => random() < 0.1;
  const isCustom = random() < 0.3;
  if (isFloat) writer.double(2, wrong() ? pick(random, odd) : 6);
  else writer.uint(1, wrong() ? 2 ** 50 : 6);
  writer.double(3, pick(random, odd));
  writer.sint(4, wrong() ? pick(random, [-53, -9, -4, 9, 20, 52, 100]) : isCustom ? -53 : 2);
  writer.double(5, wrong() ? pick(random, odd) : 0);
  if (wrong()) writer.double(7, pick(random, odd));
  const span = (): Uint8Array =>
    new MessageWriter()
      .sint(1, wrong() ? pick(random, [-5, 1000, 2 ** 31 - 1, -(2 ** 31)]) : 0)
      .uint(2, wrong() ? pick(random, [0, 5, 2 ** 32 - 1]) : 2)
      .finish();
  writer.message(11, span());
  if (random() < 0.5 && !isCustom) writer.message(8, span());
  if (isFloat) writer.packedDoubles(13, wrong() ? [pick(random, odd), 1] : [1, 2]);
  else writer.packedSints(12, wrong() ? [2 ** 45, -(2 ** 44)] : [1, 1]);
  if (random() < 0.5) writer.packedSints(9, [1, 0]);
  writer.enumeration(14, pick(random, [0, 1, 2, 3, 9])).int(15, t);
  if (isCustom) writer.packedDoubles(16, wrong() ? [3, pick(random, odd)] : [1, 5]);
  return writer.int(17, random() < 0.3 ? t - 5 : 0).finish();
}

function randomSeries(random: Random, step: number): Uint8Array {
  const writer = new MessageWriter().packedUint64(1, [1n, BigInt(2 + Math.floor(random() * 4))]);
  const t = now + step * 1000 + pick(random, [0, 0, 0, -500, -5_000_000, 10 ** 12, -now - step * 1000]);
  if (random() < 0.8) writer.message(3, randomHistogram(random, t));
  else
    writer.message(
      2,
      new MessageWriter()
        .double(1, pick(random, odd))
        .int(2, t)
        .int(3, t - 5)
        .finish(),
    );
  return writer.finish();
}

test(`series of any kind are stored or refused (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  const open = (fileSystem: SimFileSystem) =>
    openTsdb({ fileSystem, path: "/data", retentionMs: 0, exemplarsMax: 10, outOfOrderTimeWindowMs: 3_600_000 });
  const fileSystem = new SimFileSystem();
  const db = await open(fileSystem);
  const totals = { written: 0, refused: 0 };
  for (let step = 0; step < steps; step++) {
    const request = new MessageWriter().message(4, new Uint8Array());
    for (const symbol of ["__name__", "a", "b", "c", "d"]) request.text(4, symbol);
    for (let i = 0; i < 3; i++) request.message(5, randomSeries(random, step));
    const version = "io.prometheus.write.v2.Request";
    const { samples, histograms, refusals } = storeReceived(
      decodeWriteRequest(request.finish(), version),
      writeRules[version],
      {
        appendable: db,
        now: () => now + step * 1000,
        storesStartTimes: step % 2 === 0,
        startsAtZero: step % 3 === 0,
        addsTypeAndUnit: false,
      },
    );
    expect(samples + histograms + refusals.count).toBe(3);
    totals.written += samples + histograms;
    totals.refused += refusals.count;
  }
  expect(Math.min(totals.written, totals.refused)).toBeGreaterThan(steps / 4);
  const range = { start: now - 10_000_000, end: now + steps * 1000 };
  const countIn = (source: typeof db): number => {
    const querier = source.querier(range);
    const columns = new SampleColumns();
    let count = 0;
    for (const series of querier.select({ matchers: [matcherFrom("=~", "__name__", ".+")], ...range })) {
      series.read(columns);
      count += columns.count;
    }
    querier.close();
    return count;
  };
  const before = countIn(db);
  expect(before).toBeGreaterThan(totals.written / 4);
  await db.close();
  const reopened = await open(fileSystem);
  expect(countIn(reopened)).toBe(before);
  await reopened.close();
});
