// The runner against an engine that always answers the same, and the storage that it fills.
import { labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { describe, expect, test } from "vitest";
import { Engine } from "../engine.js";
import { QueryError } from "../error.js";
import { parseHistogramDescriptor } from "../histogram/descriptor.js";
import { noQueryStats, type QueryResult, type QueryValue } from "../result.js";
import { load } from "./load.js";
import { runScript } from "./runner.js";
import { type LoadCommand, parseScript } from "./script.js";
import { MemoryStorage } from "./storage.js";

type Answer = Partial<QueryResult> | QueryError;

/** Answers every instant query with `answer` and every range query with the same at each step. */
class FixedEngine extends Engine {
  private readonly answer: Answer;

  constructor(answer: Answer) {
    super();
    this.answer = answer;
  }

  private result(value: QueryValue): QueryResult {
    if (this.answer instanceof QueryError) throw this.answer;
    return { warnings: [], infos: [], stats: noQueryStats, ...this.answer, value };
  }

  override instant(): QueryResult {
    const { value } = this.answer as Partial<QueryResult>;
    return this.result(value ?? { type: "vector", points: [] });
  }

  override range({ start, end, step }: { start: number; end: number; step: number }): QueryResult {
    const { value } = this.answer as Partial<QueryResult>;
    const points = value?.type === "vector" ? value.points : [];
    const count = (end - start) / step + 1;
    const t = Float64Array.from({ length: count }, (_, i) => start + i * step);
    const series = points.map(({ labels, v, h }) => ({
      labels,
      count,
      t,
      v: new Float64Array(count).fill(v),
      ...(h && { h: Array.from({ length: count }, () => h) }),
    }));
    return this.result({ type: "matrix", series });
  }
}

const up = labelsFrom({ __name__: "up" });
const down = labelsFrom({ __name__: "down" });
const one: QueryValue = { type: "vector", points: [{ labels: up, t: 0, v: 1 }] };
const two: QueryValue = {
  type: "vector",
  points: [
    { labels: up, t: 0, v: 1 },
    { labels: down, t: 0, v: 2 },
  ],
};
const native: QueryValue = {
  type: "vector",
  points: [
    {
      labels: up,
      t: 0,
      v: 0,
      h: parseHistogramDescriptor("count:1 sum:2 buckets:[1] counter_reset_hint:gauge").histogram,
    },
  ],
};

describe("an evaluation passes or fails by its expectations", () => {
  const cases: readonly [title: string, body: string, answer: Answer, problem: string | undefined][] = [
    ["equal", "up 1", { value: one }, undefined],
    ["within tolerance", "up 1.0000000001", { value: one }, undefined],
    ["another value", "up 2", { value: one }, "expected 2, got 1"],
    ["a missing series", "up 1\n down 2", { value: one }, "missing series down"],
    ["a surplus series", "up 1", { value: two }, "unexpected series down"],
    ["no rows, no result", "", {}, undefined],
    ["no rows, a result", "", { value: one }, "unexpected series up"],
    ["any order", "down 2\n up 1", { value: { type: "vector", points: [...two.points] } }, "stands behind"],
    ["the expected order", "expect ordered\n up 1\n down 2", { value: two }, undefined],
    ["another order", "expect ordered\n down 2\n up 1", { value: two }, "expected at position 2"],
    ["a scalar", "1", { value: { type: "scalar", t: 0, v: 1 } }, "range query"],
    ["a string", 'expect string "a"', { value: { type: "string", t: 0, value: "a" } }, undefined],
    ["another string", 'expect string "b"', { value: { type: "string", t: 0, value: "a" } }, 'string "b"'],
    ["a histogram", "up {{count:1 sum:2 buckets:[1 0]}}", { value: native }, undefined],
    ["its hint", "up {{count:1 sum:2 buckets:[1] counter_reset_hint:gauge}}", { value: native }, undefined],
    ["another hint", "up {{count:1 sum:2 buckets:[1] counter_reset_hint:unknown}}", { value: native }, "expected {{"],
    ["a histogram for a float", "up 1", { value: native }, "got histogram"],
    ["a failure", "expect fail", new QueryError("execution", "bad"), undefined],
    ["its text", "expect fail msg: bad", new QueryError("execution", "bad"), undefined],
    ["a pattern", "expect fail regex: ^b.d$", new QueryError("execution", "bad"), undefined],
    ["another text", "expect fail msg: good", new QueryError("execution", "bad"), 'got "bad"'],
    ["an old form", "expected_fail_message bad", new QueryError("execution", "bad"), undefined],
    ["no failure", "expect fail", {}, "expected to fail"],
    ["a surprising failure", "", new QueryError("execution", "bad"), "unexpected error: bad"],
    ["a warning", "expect warn", { warnings: ["a"] }, undefined],
    ["no warning", "expect warn", {}, "expected warning"],
    ["a warning unasked", "", { warnings: ["a"] }, undefined],
    ["a forbidden warning", "expect no_warn", { warnings: ["a"] }, "expected no warning"],
    ["an unexpected second", "expect warn msg: a", { warnings: ["a", "b"] }, 'unexpected warning "b"'],
    ["an info", "expect info regex: ^a", { infos: ["abc"] }, undefined],
    ["a forbidden info", "expect no_info", { infos: ["a"] }, "expected no info"],
  ];
  test.each(cases)("%s", (_, body, answer, problem) => {
    const { passed, failures } = runScript(`eval instant at 1m up\n ${body}\n`, new FixedEngine(answer));
    expect([passed, failures.length]).toEqual(problem === undefined ? [1, 0] : [0, 1]);
    if (problem !== undefined) expect(failures[0]?.message).toContain(problem);
  });

  test("steps of a range, gaps included", () => {
    const check = (row: string): number =>
      runScript(`eval range from 0 to 2m step 1m up\n ${row}\n`, new FixedEngine({ value: one })).failures.length;
    expect([check("up 1 1 1"), check("up 1x2"), check("up 1 1"), check("up 1 _ 1"), check("up 1 1 1 1")]).toEqual([
      0, 0, 1, 1, 1,
    ]);
  });

  test("which line and which form failed", () => {
    const { failures } = runScript("\n\neval instant at 1m up\n  up 1\n", new FixedEngine({ value: two }));
    expect(failures[0]).toMatchObject({ line: 3, expression: "up", form: "eval" });
  });
});

describe("each instant evaluation runs again", () => {
  /** Real, but with another answer where `isWrong` says so; the runner passes expressions as text. */
  class WrongEngine extends Engine {
    private readonly isWrong: (form: "instant" | "range", expression: string, time: number) => boolean;

    constructor(isWrong: WrongEngine["isWrong"]) {
      super();
      this.isWrong = isWrong;
    }

    override instant(request: Parameters<Engine["instant"]>[0]): QueryResult {
      const isWrong = this.isWrong("instant", request.expression as string, request.time);
      return super.instant(isWrong ? { ...request, expression: "vector(-1)" } : request);
    }

    override range(request: Parameters<Engine["range"]>[0]): QueryResult {
      const isWrong = this.isWrong("range", request.expression as string, request.start);
      return super.range(isWrong ? { ...request, expression: "vector(-1)" } : request);
    }
  }

  const script = "load 1m\n  up 0+1x10\n\neval instant at 5m sum(up) + sum_over_time(up[2m:1m])\n  {} 14\n";
  const form = (engine: Engine, text = script): string => runScript(text, engine).failures[0]?.form ?? "none";

  test("as it stands", () => expect(form(new Engine())).toBe("none"));

  test("pinned to its time, at other times", () => {
    for (const time of [-3_000_000, 0, 60_000, 300_000, 3_000_000]) {
      const isWrong = (kind: string, expression: string, at: number): boolean =>
        kind === "instant" && at === time && expression === "sum(up @ 300.000) + sum_over_time(up[2m:1m] @ 300.000)";
      expect(form(new WrongEngine(isWrong))).toBe("pinned");
    }
  });

  test("as the middle of a range query", () => {
    expect(form(new WrongEngine((kind) => kind === "range"))).toBe("range");
  });

  test("not where the query looks at the time itself", () => {
    const timed = "eval instant at 5m vector(time())\n  {} 300\n";
    expect(form(new WrongEngine((_, expression) => expression.includes("@")), timed)).toBe("none");
  });
});

describe("a script that is wrong", () => {
  test.each([
    ["foo", "line 1: invalid command"],
    ["load 1x", "line 1: invalid time"],
    ["load 1m\n  up 1 , 2", "line 2: expected a value"],
    ["load 1m\n  up@st 1m\n  up 1 2", "line 3: 1 start timestamps for 2 values"],
    ["eval sometimes up", "line 1: invalid eval command"],
    ["eval instant at 1m up\n  expect never", "line 2: invalid expect line"],
    ["load 1m\n  up 1\n\nload 1m\n  up 2", "line 4: out of order sample"],
  ])("%s", (text, message) => {
    expect(() => runScript(text, new FixedEngine({}))).toThrow(message);
  });
});

function storageWith(text: string): MemoryStorage {
  const storage = new MemoryStorage();
  for (const command of parseScript(text)) load(command as LoadCommand, storage);
  return storage;
}

function read(storage: MemoryStorage, name: string): SampleColumns {
  const columns = new SampleColumns();
  const range = { start: -1e12, end: 1e12 };
  const [series] = storage.querier(range).select({ ...range, matchers: [matcherFrom("=", "__name__", name)] });
  series?.read(columns);
  return columns;
}

describe("the storage", () => {
  test("keeps values, gaps, stale markers and start times", () => {
    const columns = read(storageWith("load 1m\n  up@st _ -30s _ 0-1mx1\n  up 1 2 _ stale 3"), "up");
    expect([...columns.t.subarray(0, columns.count)]).toEqual([0, 60_000, 180_000, 240_000]);
    expect([0, 1, 2, 3].map((i) => columns.isStaleAt(i))).toEqual([false, false, true, false]);
    expect([...(columns.startTimes as Float64Array).subarray(0, 4)]).toEqual([0, 30_000, 180_000, 180_000]);
  });

  test("gives counter reset hints as chunks would", () => {
    const count = (n: number, more = ""): string => `{{count:${n} buckets:[${n}] ${more}}}`;
    const gauge = "counter_reset_hint:gauge";
    const values = [
      count(1),
      count(2),
      count(1),
      count(2),
      "5",
      count(3),
      count(4, gauge),
      count(5),
      count(6, "schema:1"),
      "stale",
      count(7),
    ];
    const columns = read(storageWith(`load 1m\n  h ${values.join(" ")}`), "h");
    expect(columns.h?.map((h) => h?.counterResetHint)).toEqual([
      "unknown",
      "not_reset",
      "unknown",
      "not_reset",
      undefined,
      "unknown",
      "gauge",
      "unknown",
      "unknown",
      undefined,
      "unknown",
    ]);
  });

  test("makes native histograms of classic ones", () => {
    const storage = storageWith(
      'load_with_nhcb 1m\n  a_bucket{le="1"} 1 2\n  a_bucket{le="+Inf"} 3 5\n  a_sum 4 6\n  a_bucket{le="x"} 1',
    );
    expect(read(storage, "a").h?.map((h) => [h?.count, h?.sum, h?.positiveBuckets])).toEqual([
      [3, 4, [1, 2]],
      [5, 6, [2, 3]],
    ]);
  });

  test("answers with series in order, within the range, up to the limit", () => {
    const storage = storageWith('load 1m\n  b 1\n  a{x="2"} 1\n  a{x="1"} 1\n  c _ _ 1');
    const querier = storage.querier({ start: 0, end: 60_000 });
    const all = { start: 0, end: 60_000, matchers: [] };
    expect(querier.select(all).map(({ labels }) => labels.join(" "))).toEqual([
      "__name__ a x 1",
      "__name__ a x 2",
      "__name__ b",
    ]);
    expect(querier.select({ ...all, limit: 1 }).length).toBe(1);
    expect(querier.labelNames({ matchers: [] })).toEqual(["__name__", "x"]);
    expect(querier.labelValues("x", { matchers: [] })).toEqual(["1", "2"]);
    expect(querier.labelValues("__name__", { matchers: [matcherFrom("=", "x", "")] })).toEqual(["b"]);
  });
});
