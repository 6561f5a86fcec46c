// Series that are read and evaluated many at a time give what each gives alone: to the bit, with the same counts and warnings.
// A longer run: FUZZ_ROUNDS=20 FUZZ_SEED=1000 npx vitest run packages/promql/src/exec/many.fuzz.ts
import { labelsFrom, type Queryable, rowNotes, SampleColumns } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";
import { samplesOf } from "../promqltest/load.js";
import { parseSequence } from "../promqltest/series-description.js";
import { MemoryStorage } from "../promqltest/storage.js";
import type { QueryValue } from "../result.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const seeds = Array.from({ length: rounds }, (_, i) => Number(process.env["FUZZ_SEED"] ?? 0) + i);

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Mostly plain counters; some with gaps, markers, resets, infinities or native histograms. */
function randomStorage(random: Random): MemoryStorage {
  const storage = new MemoryStorage();
  const items = [
    "_",
    "stale",
    "NaN",
    "3+2x7",
    "0.1-0.3x9",
    "{{schema:0 sum:1 count:3 buckets:[1 2]}}x3",
    "Inf",
    "1e308x3",
  ];
  for (const name of ["a_total", "b"]) {
    for (let i = 0; i < 40; i++) {
      const isPlain = random() < 0.8;
      const sequence = Array.from({ length: 12 }, () => (isPlain ? "1+3x5" : pick(random, items))).join(" ");
      const labels = labelsFrom({ __name__: name, job: `j${i % 3}`, i: String(i) });
      const samples = samplesOf({ values: parseSequence(sequence), startOffsets: undefined }, 30_000);
      for (const sample of samples) storage.append(labels, sample);
    }
  }
  return storage;
}

/** Gives some series together, and now and then none; `told` counts those. */
function together(storage: Queryable, random: Random, told: { series: number }): Queryable {
  return {
    querier: (range) => {
      const querier = storage.querier(range);
      return {
        ...querier,
        close: () => querier.close(),
        select: (selection) => querier.select(selection),
        readMany: (sources, first, rows) => {
          const columns = new SampleColumns();
          const most = Math.min(rows.ends.length, sources.length - first, Math.floor(random() * 40));
          let end = 0;
          for (let i = 0; i < most; i++) {
            sources[first + i]?.read(columns);
            if (columns.h || end + columns.count > 8192) return i;
            rows.t.set(columns.t.subarray(0, columns.count), end);
            rows.words.set(columns.words.subarray(0, 2 * columns.count), 2 * end);
            end += columns.count;
            rows.ends[i] = end;
            rows.notes[i] = notesOf(columns);
            told.series++;
          }
          return most;
        },
      };
    },
  };
}

function notesOf({ t, v, count }: SampleColumns): number {
  let notes = 0;
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(v[i])) notes |= rowNotes.hasNaN;
    if (i > 0 && (v[i] as number) < (v[i - 1] as number)) notes |= rowNotes.hasFall;
    if (i > 0 && (t[i] as number) - (t[i - 1] as number) !== (t[1] as number) - (t[0] as number))
      notes |= rowNotes.hasJitter;
  }
  return notes;
}

const functions =
  "rate increase delta irate idelta changes resets sum_over_time avg_over_time min_over_time max_over_time count_over_time last_over_time first_over_time stddev_over_time stdvar_over_time deriv predict_linear quantile_over_time absent_over_time".split(
    " ",
  );

function expressionFrom(random: Random): string {
  const selector = pick(random, ["a_total", "b", '{job="j1"}', 'b{job!="j2"}']);
  const modifier = pick(random, ["", "", " offset 90s", " @ 700"]);
  const fn = pick(random, functions);
  const parameter = fn === "predict_linear" ? `, ${pick(random, ["300", "time()"])}` : "";
  const before = fn === "quantile_over_time" ? `${pick(random, ["0.9", "0", "1.5", "time() / 4000"])}, ` : "";
  const leaf =
    random() < 0.3
      ? `${selector}${modifier}`
      : `${fn}(${before}${selector}[${pick(random, ["4m", "45s"])}]${modifier}${parameter})`;
  const forms = [
    leaf,
    `-(${leaf})`,
    `sum by (job) (${leaf})`,
    `avg by (job) (${leaf})`,
    `topk(2, ${leaf})`,
    `${leaf} > 2`,
    `${leaf} / on (i, job, __name__) b`,
  ];
  return random() < 0.1 ? `max_over_time(sum by (job) (${leaf})[3m:1m])` : pick(random, forms);
}

/** Beside a histogram there may be any float. */
function withoutSpareValues(value: QueryValue): unknown {
  if (value.type !== "matrix") return value;
  return value.series.map((series) => ({ ...series, v: series.v.map((v, i) => (series.h?.[i] ? 0 : v)) }));
}

function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(seeds)("many series say together what each says alone, seed %i", (seed) => {
  const random = randomFrom(seed);
  const storage = randomStorage(random);
  const told = { series: 0 };
  const many = together(storage, randomFrom(seed + 1), told);
  for (let round = 0; round < 100; round++) {
    const engine = new Engine({ delayedNameRemoval: random() < 0.3 });
    const expression = expressionFrom(random);
    const start = 30_000 * Math.floor(random() * 60);
    const step = pick(random, [30_000, 77_000]);
    const times = { start, end: start + step * Math.floor(random() * pick(random, [1, 25])), step };
    const ask = (queryable: Queryable): unknown =>
      outcomeOf(() => {
        const { stats, ...answer } = engine.range({ expression, queryable, ...times });
        return { ...answer, value: withoutSpareValues(answer.value), stats: { ...stats, evalMs: 0 } };
      });
    expect({ expression, outcome: ask(many) }).toEqual({ expression, outcome: ask(storage) });
  }
  expect(told.series).toBeGreaterThan(500);
});
