// Laws that hold for any query over any data: an instant query is a range query of one step, a printed expression means
// what it meant, `@` pins what it says, an aggregation over parts is the aggregation of the whole, compiled code does what plain does.
// A longer run: FUZZ_ROUNDS=200 FUZZ_SEED=1000 npx vitest run packages/promql/src/engine.fuzz.ts
import { labelsFrom, labelsKey } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { Engine } from "./engine.js";
import { nearlyEqual } from "./histogram/nearly-equal.js";
import { parseExpression } from "./parse/parser.js";
import { printExpression } from "./print/printer.js";
import { MemoryStorage } from "./promqltest/storage.js";
import type { QueryValue } from "./result.js";

/** A few with the tests; in a long run FUZZ_ROUNDS of them, FUZZ_SEED further on. */
function seedsFrom(first: number, { few }: { readonly few: number }): number[] {
  const begin = first + Number(process.env["FUZZ_SEED"] ?? 0);
  return Array.from({ length: Number(process.env["FUZZ_ROUNDS"] ?? few) }, (_, i) => begin + i);
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

function randomStorage(random: Random): MemoryStorage {
  const storage = new MemoryStorage();
  for (const name of ["a_total", "b"]) {
    for (const job of ["x", "y"]) {
      for (const instance of ["1", "2", "3"]) {
        if (random() < 0.2) continue;
        let value = 0;
        for (let t = 0; t <= 3_600_000; t += 30_000) {
          value = name === "b" ? Math.round(random() * 100) : random() < 0.03 ? 0 : value + Math.floor(random() * 10);
          if (random() < 0.1) continue;
          const sample = random() < 0.02 ? "stale" : random() < 0.01 ? NaN : value;
          storage.append(labelsFrom({ __name__: name, job, instance }), { t, value: sample });
        }
      }
    }
  }
  return storage;
}

const rangeFunctions =
  "rate increase delta irate idelta changes resets sum_over_time avg_over_time min_over_time max_over_time count_over_time last_over_time stddev_over_time deriv".split(
    " ",
  );
const elementFunctions = ["abs", "ceil", "sgn", "timestamp", "absent"];
const arithmetic = ["+", "-", "*", "/", "%", "^", "> bool", "=="];
const modifiers = ["", " offset 3m", " offset -2m", " @ 1500", " @ start()", " @ end()"];

function selector(random: Random): string {
  return pick(random, ["a_total", "b", 'b{job="x"}', 'a_total{instance=~"1|2"}']);
}

/** A well-typed vector expression; `modify` gives what follows each selector and subquery that is not within a subquery. */
function vector(random: Random, depth: number, modify: () => string = () => pick(random, modifiers)): string {
  if (depth === 0) return selector(random) + modify();
  const inner = (): string => vector(random, depth - 1, modify);
  switch (Math.floor(random() * 8)) {
    case 0:
      return `${pick(random, rangeFunctions)}(${selector(random)}[${pick(random, ["1m", "5m", "17m"])}]${modify()})`;
    case 1:
      return `${pick(random, ["max_over_time", "rate", "last_over_time"])}((${vector(random, depth - 1)})[10m:${pick(random, ["", "1m", "37s"])}]${modify()})`;
    case 2:
      return `${pick(random, ["sum", "avg", "min", "max", "count", "stddev", "group"])} ${pick(random, ["", "by (job)", "without (instance)"])} (${inner()})`;
    case 3:
      return `${pick(random, elementFunctions)}(${inner()})`;
    case 4:
      return `(${inner()}) ${pick(random, arithmetic)} ${pick(random, ["2", "-0.5", `scalar(b${modify()})`, "time()"])}`;
    case 5:
      return `sum by (job) (${inner()}) ${pick(random, [...arithmetic, "and", "or", "unless"])} on (job) sum by (job) (${inner()})`;
    case 6:
      return `-(${inner()})`;
    default:
      return `quantile by (job) (0.3, ${inner()}) or topk(2, ${inner()})`;
  }
}

// Points by series and time; the metric's name may stay or go, but in both queries alike.
function pointsOf(value: QueryValue): Map<string, number> {
  const points = new Map<string, number>();
  if (value.type === "vector") for (const { labels, t, v } of value.points) points.set(`${labelsKey(labels)}@${t}`, v);
  if (value.type === "matrix") {
    for (const { labels, count, t, v } of value.series) {
      for (let i = 0; i < count; i++) points.set(`${labelsKey(labels)}@${t[i]}`, v[i] as number);
    }
  }
  return points;
}

/** Of sums that cancel out, what is left is rounding. */
const roundingMax = 1e-12;

function expectSame(a: Map<string, number>, b: Map<string, number>, what: string): void {
  expect([...a.keys()].sort(), what).toEqual([...b.keys()].sort());
  for (const [key, value] of a) {
    const other = b.get(key) as number;
    const isRounded = nearlyEqual(value, other, 1e-9) || Math.abs(value - other) < roundingMax;
    const isSame = Object.is(value, other) || value === other || isRounded;
    expect(isSame, `${what} ${key}: ${value} and ${other}`).toBe(true);
  }
}

type Outcome = { readonly points: Map<string, number> } | { readonly error: string };

function outcomeOf(run: () => QueryValue): Outcome {
  try {
    return { points: pointsOf(run()) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

describe.each([false, true])("with delayed name removal %s", (delayedNameRemoval) => {
  const engine = new Engine({ delayedNameRemoval });
  it.each(seedsFrom(11, { few: 4 }))("laws hold, seed %i", (seed) => {
    const random = randomFrom(seed);
    const queryable = randomStorage(random);
    for (let round = 0; round < 60; round++) {
      const unsorted = vector(random, 1 + Math.floor(random() * 3));
      // On top only: of equal values topk takes those that come first, and sort() does nothing in a range query.
      const expression = random() < 0.1 ? `sort(${unsorted})` : unsorted;
      const time = 60_000 * Math.floor(random() * 60);
      const instant = outcomeOf(() => engine.instant({ expression, queryable, time }).value);
      const range = outcomeOf(
        () => engine.range({ expression, queryable, start: time, end: time, step: 60_000 }).value,
      );
      if ("error" in instant || "error" in range) {
        expect(instant, expression).toEqual(range);
        continue;
      }
      expectSame(instant.points, range.points, `${expression} at ${time}`);
      const printed = printExpression(parseExpression(expression));
      expect(printExpression(parseExpression(printed))).toBe(printed);
      const again = outcomeOf(() => engine.instant({ expression: printed, queryable, time }).value);
      expect(again, printed).toHaveProperty("points");
      if ("points" in again) expectSame(instant.points, again.points, printed);
    }
  });

  it.each(seedsFrom(21, { few: 2 }))("a range query is its instant queries, seed %i", (seed) => {
    const random = randomFrom(seed);
    const queryable = randomStorage(random);
    for (let round = 0; round < 25; round++) {
      // start() and end() mean other times in each of the instant queries.
      const expression = vector(random, 1 + Math.floor(random() * 2)).replaceAll(/start\(\)|end\(\)/g, "900");
      const counted: number[] = [];
      const range = outcomeOf(() => {
        const times = { start: 600_000, end: 1_800_000, step: 300_000 };
        const { value, stats } = engine.range({ expression, queryable, ...times, countsSteps: true });
        counted.push(...(stats.perStep?.queryableSamples ?? []));
        return value;
      });
      if ("error" in range) continue;
      const points = new Map<string, number>();
      const countedAlone: number[] = [];
      for (let time = 600_000; time <= 1_800_000; time += 300_000) {
        const instant = outcomeOf(() => {
          const { value, stats } = engine.instant({ expression, queryable, time, countsSteps: true });
          countedAlone.push(stats.totalQueryableSamples);
          return value;
        });
        if ("points" in instant) for (const [key, value] of instant.points) points.set(key, value);
      }
      expectSame(range.points, points, expression);
      expect(counted, expression).toEqual(countedAlone);
    }
  });
});

// Plain code is what runs where there is no WebAssembly.
it.each(seedsFrom(51, { few: 4 }))("compiled code answers what plain code answers, to the bit, seed %i", (seed) => {
  const random = randomFrom(seed);
  const queryable = randomStorage(random);
  const [compiled, plain] = [new Engine(), new Engine({ compiled: false })];
  for (let round = 0; round < 60; round++) {
    const expression = vector(random, 1 + Math.floor(random() * 3));
    const start = 30_000 * Math.floor(random() * 100);
    const step = pick(random, [15_000, 30_000, 60_000, 77_000]);
    const times = { start, end: start + step * Math.floor(random() * 60), step };
    const answerOf = (engine: Engine): Outcome =>
      outcomeOf(() => engine.range({ expression, queryable, ...times }).value);
    expect(answerOf(compiled), expression).toEqual(answerOf(plain));
  }
});

/** Holds no function of the time of evaluation, and no bound of the query. */
const isTimeless = (expression: string): boolean => !/time\(|timestamp|start\(\)|end\(\)/.test(expression);

it.each(seedsFrom(31, { few: 3 }))("`@` pins, and offset shifts, what they follow, seed %i", (seed) => {
  const engine = new Engine();
  const random = randomFrom(seed);
  const queryable = randomStorage(random);
  const evaluate = (expression: string, time: number): Outcome =>
    outcomeOf(() => engine.instant({ expression, queryable, time }).value);
  const valuesOf = (outcome: Outcome): Outcome | Map<string, number> =>
    "error" in outcome
      ? outcome
      : new Map([...outcome.points].map(([key, value]) => [key.slice(0, key.lastIndexOf("@")), value]));
  let told = 0;
  for (let round = 0; round < 150; round++) {
    const marked = vector(random, 1 + Math.floor(random() * 2), () => "§");
    if (!isTimeless(marked)) continue;
    const time = 1_500_000;
    const plain = valuesOf(evaluate(marked.replaceAll("§", ""), time));
    const forms = [
      valuesOf(evaluate(marked.replaceAll("§", " offset 7m"), time + 420_000)),
      valuesOf(evaluate(marked.replaceAll("§", " offset -4m"), time - 240_000)),
      valuesOf(evaluate(marked.replaceAll("§", " @ 1500"), 60_000 * Math.floor(random() * 60))),
      valuesOf(evaluate(marked.replaceAll("§", " @ 1600 offset 100s"), 0)),
    ];
    for (const form of forms) {
      if (plain instanceof Map && form instanceof Map) expectSame(plain, form, marked);
      else expect(form, marked).toEqual(plain);
    }
    if (plain instanceof Map && plain.size > 0) told++;
  }
  expect(told).toBeGreaterThan(30);
});

const joins: Readonly<Record<string, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  count: (a, b) => a + b,
  min: (a, b) => (Number.isNaN(a) || b < a ? b : a),
  max: (a, b) => (Number.isNaN(a) || b > a ? b : a),
  group: () => 1,
};

it.each(seedsFrom(41, { few: 2 }))("an aggregation over shards is the aggregation of the whole, seed %i", (seed) => {
  const engine = new Engine();
  const random = randomFrom(seed);
  const queryable = randomStorage(random);
  const times = { start: 300_000, end: 3_000_000, step: 150_000 };
  for (let round = 0; round < 60; round++) {
    const aggregator = pick(random, Object.keys(joins));
    const [metric, fn] = [pick(random, ["a_total", "b"]), pick(random, rangeFunctions)];
    const over = (shard: string): Map<string, number> => {
      const expression = `${aggregator} by (job) (${fn}(${metric}${shard}[5m]))`;
      return pointsOf(engine.range({ expression, queryable, ...times }).value);
    };
    const joined = over('{instance=~"1|2"}');
    for (const [key, value] of over('{instance!~"1|2"}')) {
      const other = joined.get(key);
      joined.set(key, other === undefined ? value : (joins[aggregator]?.(other, value) as number));
    }
    expectSame(over(""), joined, `${aggregator} ${fn} ${metric}`);
  }
});

/** Two expressions that give the same, of X, any vector of floats, and M, a selector. */
const equalities: readonly (readonly [string, string])[] = [
  ["(X) and (X)", "X"],
  ["(X) or (X)", "X"],
  ["(X) unless (X)", "(X) < -Inf"],
  ["sort(X)", "X"],
  ["topk(1000, X)", "X"],
  ["bottomk without () (1000, X)", "X"],
  ["-(-(X))", "(X) + 0"],
  ["-(X)", "(X) * -1"],
  ["clamp(X, -Inf, +Inf)", "(X) + 0"],
  ["clamp_max(X, 20)", "clamp(X, -Inf, 20)"],
  ["(X) > bool 20", "20 < bool (X)"],
  ["((X) > 20) or ((X) <= 20)", "(X) == (X) or (X) > 20"],
  ['label_replace(X, "made", "$1", "nosuch", "(.*)")', "X"],
  ['label_replace(label_join(X, "made", "-", "job", "job"), "made", "", "", "")', "X"],
  ["max_over_time((X)[1s:1s])", "(X) + 0"],
  ["sum by (job) (sum by (job, instance) (X))", "sum by (job) (X)"],
  ["avg by (job) (X)", "sum by (job) (X) / count by (job) (X)"],
  ['sum by (job) (count_values by (job) ("value", X))', "count by (job) (X)"],
  ["max((X) < +Inf > -Inf)", "quantile(1, (X) < +Inf > -Inf)"],
  ["min without (instance) (X)", "-max without (instance) (-(X))"],
  ["stddev by (job) (X) ^ 2", "stdvar by (job) (X)"],
  ["group(X)", "absent(absent(X))"],
  ["increase(M[5m])", "rate(M[5m]) * 300"],
  ["avg_over_time(M[5m])", "sum_over_time(M[5m]) / count_over_time(M[5m])"],
  ["stddev_over_time(M[5m]) ^ 2", "stdvar_over_time(M[5m])"],
  ["present_over_time(M[5m])", "sgn(count_over_time(M[5m]))"],
  ["quantile_over_time(1, M[5m])", "max_over_time(M[5m])"],
  ["predict_linear(M[5m], 0) + 60 * deriv(M[5m])", "predict_linear(M[5m], 60)"],
];

it.each(seedsFrom(61, { few: 3 }))("what is said in two ways is the same, seed %i", (seed) => {
  const engine = new Engine();
  const random = randomFrom(seed);
  const queryable = randomStorage(random);
  let told = 0;
  for (let round = 0; round < 4; round++) {
    for (const sides of equalities) {
      const inner = vector(random, Math.floor(random() * 3));
      const metric = selector(random);
      const time = 60_000 * Math.floor(random() * 60);
      const [left, right] = sides.map((side) =>
        outcomeOf(() => {
          const expression = side.replaceAll(/\bX\b/g, inner).replaceAll(/\bM\b/g, metric);
          return engine.instant({ expression, queryable, time }).value;
        }),
      ) as [Outcome, Outcome];
      // X alone may give an error that one of the two does not get as far as.
      if ("error" in left || "error" in right) continue;
      expectSame(left.points, right.points, `${sides.join(" and ")} of ${inner}, ${metric} at ${time}`);
      if (left.points.size > 0) told++;
    }
  }
  expect(told).toBeGreaterThan(30);
});
