// Queries whose selectors share series say what they say when each selector reads for itself: to the bit, with the same warnings. Of
// a storage that makes labels anew for each selection nothing is shared. A longer run: FUZZ_ROUNDS=20 FUZZ_SEED=1000 npx vitest run PATH
import { labelEntries, labelsFrom, labelsFromEntries, type Queryable } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";
import { samplesOf } from "../promqltest/load.js";
import { parseSequence } from "../promqltest/series-description.js";
import { MemoryStorage } from "../promqltest/storage.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const seeds = Array.from({ length: rounds }, (_, i) => Number(process.env["FUZZ_SEED"] ?? 0) + i);

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Counters, gauges, native histograms, and all of them in turn; with gaps, stale markers and resets. */
function randomStorage(random: Random): MemoryStorage {
  const storage = new MemoryStorage();
  const items = ["_", "stale", "NaN", "3+2x7", "0.1-0.3x9", "{{schema:0 sum:1 count:3 buckets:[1 2]}}x3", "Inf"];
  for (const name of ["a_total", "b"]) {
    for (const job of ["x", "y", "z"]) {
      for (const code of ["200", "404", "500"]) {
        const isPlain = random() < 0.7;
        const sequence = Array.from({ length: 20 }, () => (isPlain ? "1+3x5" : pick(random, items))).join(" ");
        const labels = labelsFrom({ __name__: name, job, code });
        for (const sample of samplesOf({ values: parseSequence(sequence), startOffsets: undefined }, 30_000))
          storage.append(labels, sample);
      }
    }
  }
  return storage;
}

function labelledAnew(storage: Queryable): Queryable {
  return {
    querier: (range) => {
      const querier = storage.querier(range);
      const select: typeof querier.select = (selection) =>
        querier.select(selection).map((source) => ({
          labels: labelsFromEntries(labelEntries(source.labels)),
          read: (columns) => source.read(columns),
        }));
      return { ...querier, close: () => querier.close(), select };
    },
  };
}

const functions =
  "rate increase delta irate idelta changes resets sum_over_time avg_over_time min_over_time max_over_time count_over_time last_over_time first_over_time present_over_time absent_over_time stddev_over_time mad_over_time deriv".split(
    " ",
  );
const sets = [
  [],
  [],
  [],
  ['job="x"'],
  ['code=~"4..|5.."'],
  ['code=~"4..|5.."', 'job!="z"'],
  ['job!="z"', 'code=~"4..|5.."'],
  ['job="x"', 'code="500"'],
  ['absent=""'],
];

/** Leaves that mostly differ in matchers only, in an expression. */
function expressionFrom(random: Random): string {
  const name = pick(random, ["a_total", "b", ""]);
  const call = pick(random, [...functions, "", "", "", "predict_linear", "quantile_over_time", "timestamp"]);
  const modifier = pick(random, ["", "", " offset 90s", " @ 700", " @ end()"]);
  const leaf = (): string => {
    const matchers = [...pick(random, sets), ...(name === "" ? ['__name__!="c"'] : [])];
    const selector = `${name}{${matchers.join(",")}}`;
    if (call === "") return selector + modifier;
    if (call === "timestamp") return `timestamp(${selector}${modifier})`;
    const range = `${selector}[${random() < 0.9 ? "4m" : "2m"}]${modifier}`;
    if (call === "predict_linear") return `predict_linear(${range}, scalar(b{job="x",code="200"}))`;
    return call === "quantile_over_time"
      ? `quantile_over_time(${pick(random, [0.5, 2])}, ${range})`
      : `${call}(${range})`;
  };
  const part = (): string => {
    const own = leaf();
    const forms = [own, `-(${own})`, `sum by (job) (${own})`, `sum by (job) (${own})`, `topk(2, ${own})`, `${own} > 2`];
    if (random() < 0.15) return `sum by (job) (max_over_time((${own})[3m:1m]))`;
    return pick(random, forms);
  };
  const operator = (): string => pick(random, ["/ on (job)", "- on (job)", "and on (job)", "or", "unless"]);
  return `(${part()}) ${operator()} (${part()})${random() < 0.5 ? ` ${operator()} (${part()})` : ""}`;
}

function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(seeds)("selectors that share series say what each says alone, seed %i", (seed) => {
  const random = randomFrom(seed);
  const storage = randomStorage(random);
  const apart = labelledAnew(storage);
  let told = 0;
  for (let round = 0; round < 400; round++) {
    const engine = new Engine({ delayedNameRemoval: random() < 0.3, compiled: random() < 0.8 });
    const expression = expressionFrom(random);
    const start = 30_000 * Math.floor(random() * 60);
    const step = pick(random, [30_000, 77_000]);
    const times = { start, end: start + step * Math.floor(random() * 40), step };
    const series: number[] = [];
    const ask = (queryable: Queryable): unknown =>
      outcomeOf(() => {
        const { value, infos, warnings, stats } = engine.range({ expression, queryable, ...times });
        series.push(stats.seriesRead);
        return { value, infos, warnings, looked: stats.totalQueryableSamples };
      });
    expect({ expression, outcome: ask(storage) }).toEqual({ expression, outcome: ask(apart) });
    const [shared = 0, alone = 0] = series;
    expect(shared).toBeLessThanOrEqual(alone);
    if (shared < alone) told++;
  }
  expect(told).toBeGreaterThan(30);
});
