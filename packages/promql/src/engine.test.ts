import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { labelsFrom, printLabels } from "@narthex/model";
import { describe, expect, it } from "vitest";
import { Engine, type EngineOptions } from "./engine.js";
import { QueryError } from "./error.js";
import { parseExpression, parseSelector } from "./parse/parser.js";
import { nestingMax } from "./parse/tokens.js";
import { MemoryStorage } from "./promqltest/storage.js";

function storageOf(series: Readonly<Record<string, readonly (number | undefined)[]>>): MemoryStorage {
  const storage = new MemoryStorage();
  for (const [text, values] of Object.entries(series)) {
    const record = Object.fromEntries(parseSelector(text).map(({ name, value }) => [name, value]));
    values.forEach((value, i) => {
      if (value !== undefined) storage.append(labelsFrom(record), { t: i * 60_000, value });
    });
  }
  return storage;
}

const storage = storageOf({
  'requests_total{job="a"}': [0, 60, 120, 180],
  'errors_total{job="a"}': [0, 6, 12, 18],
  'now{job="b"}': [1, undefined, undefined, undefined],
  'later{job="b"}': [undefined, undefined, undefined, 2],
});

function run(expression: string, options: EngineOptions = {}): string[] {
  const { value } = new Engine(options).instant({ expression, queryable: storage, time: 180_000 });
  return value.type === "vector" ? value.points.map(({ labels, v }) => `${printLabels(labels)} ${v}`) : [];
}

function failure(work: () => unknown): string {
  try {
    work();
    return "no error";
  } catch (error) {
    return error instanceof QueryError ? `${error.type}: ${error.message}` : (error as Error).message;
  }
}

describe("metric names", () => {
  const both = '{__name__=~"requests_total|errors_total"}';
  it("go at once, so that two metrics may become the same series", () => {
    expect(failure(() => run(`rate(${both}[3m])`))).toBe(
      "execution: vector cannot contain metrics with the same labelset",
    );
    expect(run("rate(requests_total[3m])")).toEqual(['{job="a"} 1']);
    expect(run("requests_total > bool 0")).toEqual(['{job="a"} 1']);
    expect(run("requests_total > 0")).toEqual(['requests_total{job="a"} 180']);
  });
  it("go at the end with delayed removal, so that an operator may still look at them", () => {
    const expression = `label_replace(rate(${both}[3m]), "of", "$1", "__name__", "(.+)_total")`;
    expect(run(expression, { delayedNameRemoval: true })).toEqual([
      '{job="a", of="errors"} 0.1',
      '{job="a", of="requests"} 1',
    ]);
  });
  it("gone, series that are never there at one step are one", () => {
    const engine = new Engine({ lookbackDeltaMs: 60_000 });
    const { value } = engine.range({
      expression: '-{job="b"}',
      queryable: storage,
      start: 0,
      end: 180_000,
      step: 60_000,
    });
    expect(value.type === "matrix" && value.series.map(({ t, v }) => [[...t], [...v]])).toEqual([
      [
        [0, 180_000],
        [-1, -2],
      ],
    ]);
  });
});

describe("limits", () => {
  it("a query that would hold too many samples is refused", () => {
    const text = "execution: query processing would load too many samples into memory in query execution";
    expect(failure(() => run("requests_total", { samplesMax: 1 }))).toBe(text);
  });
  it("a query out of time ends", () => {
    let now = 0;
    const options = { timeoutMs: 10, now: () => (now += 11) };
    expect(failure(() => run("sum(requests_total)", options))).toBe(
      "timeout: query timed out in expression evaluation",
    );
  });
  it("a query out of time ends among the labels that it makes", () => {
    let now = 0;
    const clock = (): number => now++;
    run("requests_total", { now: clock });
    const options = { timeoutMs: now, now: clock };
    now = 0;
    expect(failure(() => run("requests_total", options))).toBe("no error");
    now = 0;
    const made = `${"label_replace(".repeat(8)}requests_total${', "x", "1", "", "")'.repeat(8)}`;
    expect(failure(() => run(made, options))).toBe("timeout: query timed out in expression evaluation");
  });
  it("labels that are made have a greatest length, also where nothing is put into them", () => {
    const made = `label_replace(requests_total, "x", "${"a".repeat(70_000)}", "job", "a")`;
    expect(failure(() => run(made))).toBe("execution: label value longer than 65536 characters");
  });
  it("a canceled query ends", () => {
    const request = { expression: "requests_total", queryable: storage, time: 0, signal: { aborted: true } };
    expect(failure(() => new Engine().instant(request))).toBe("canceled: query was canceled in expression evaluation");
  });
  it("an expression has a greatest length and depth", () => {
    const nested = `${"(".repeat(nestingMax + 1)}1${")".repeat(nestingMax + 1)}`;
    expect(failure(() => parseExpression(nested))).toMatch(/parse error: expression is nested deeper than 500$/);
    expect(failure(() => parseExpression(`${"-".repeat(100_000)}a`))).toMatch(/nested deeper/);
    expect(failure(() => parseExpression(`1${"+1".repeat(50_000)}`))).toMatch(/nested deeper/);
    expect(failure(() => parseExpression(`a[${"1s+".repeat(50_000)}1s]`))).toMatch(/nested deeper/);
    expect(failure(() => parseExpression(`a${"[5m:1s]".repeat(30_000)}`))).toMatch(/nested deeper/);
    expect(failure(() => parseExpression(`{a="${"x".repeat(300_000)}"}`))).toMatch(/longer than 262144 bytes/);
    expect(failure(() => run(`${"abs(".repeat(240)}requests_total${")".repeat(240)}`))).toBe("no error");
    expect(failure(() => run(Array(490).fill("requests_total").join(" + ")))).toBe("no error");
  });
  it("a huge regular expression is an error of the query", () => {
    expect(failure(() => parseExpression(`{a=~"${"(x|y.)".repeat(15_000)}"}`))).toMatch(
      /parse error: error parsing regexp/,
    );
  });
  it("subqueries with absurd steps are refused before they take memory", () => {
    const text = "execution: query processing would load too many samples into memory in query execution";
    expect(failure(() => run("max_over_time(requests_total[100y:1ms])"))).toBe(text);
    const request = { expression: "1", queryable: storage, start: 0, end: 1e15, step: 1 };
    expect(failure(() => new Engine().range(request))).toBe(text);
  });
});

describe("dates", () => {
  // As Prometheus answers: Go turns NaN and what no int64 holds into -2^63 seconds, which its calendar wraps around.
  const parts = ["year", "month", "day_of_month", "day_of_year", "day_of_week", "hour", "minute", "days_in_month"];
  it.each([
    ["NaN", "292277026596 12 4 339 0 15 30 31"],
    ["Inf", "292277026596 12 4 339 0 15 30 31"],
    ["1e12", "33658 9 27 270 5 1 46 30"],
    ["-1e12", "-29719 4 5 95 2 22 13 30"],
    ["-62135596801", "0 12 31 366 0 23 59 31"],
  ])("of %s seconds are those of Go's calendar", (seconds, expected) => {
    const values = parts.map((part) => run(`${part}(vector(${seconds}))`)[0]?.split(" ")[1]);
    expect(values.join(" ")).toBe(expected);
  });
});

describe("topk", () => {
  it("keeps the best in order, NaN only where there is nothing else", () => {
    const some = storageOf({ 'x{i="1"}': [3], 'x{i="2"}': [NaN], 'x{i="3"}': [5], 'x{i="4"}': [5] });
    const order = (expression: string): string[] => {
      const { value } = new Engine().instant({ expression, queryable: some, time: 0 });
      return value.type === "vector" ? value.points.map(({ labels }) => labels.at(-1) as string) : [];
    };
    expect(order("topk(2, x)")).toEqual(["3", "4"]);
    expect(order("topk(9, x)")).toEqual(["3", "4", "1", "2"]);
    expect(order("bottomk(1, x)")).toEqual(["1"]);
    expect(order("topk(0, x)")).toEqual([]);
  });
});

describe("features", () => {
  it("behind a flag are refused without it", () => {
    const check = (text: string, message: string): void => {
      expect(failure(() => parseExpression(text, { features: new Set() }))).toBe(message);
      expect(failure(() => parseExpression(text))).toBe("no error");
    };
    check(
      "limitk(1, a)",
      "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
    );
    check("a smoothed", "1:1: parse error: smoothed modifier is experimental and not enabled");
  });
});

describe("the editor grammar's expressions", () => {
  const corpora = process.env["CORPORA"] ?? resolve(import.meta.dirname, "../../../../shared/corpora");
  const file = `${corpora}/lezer/expression.txt`;
  if (!existsSync(file)) {
    it("stand in the corpora, which are not here", () => {});
    return;
  }
  const cases = readFileSync(file, "utf8")
    .split(/^# /m)
    .slice(1)
    .map((text) => {
      const [head = "", tree = ""] = text.split("==>");
      const [title = "", ...lines] = head.split("\n");
      return { title, expression: lines.join("\n").trim(), isError: tree.includes("⚠") };
    });
  it.each(cases.map((entry) => [entry.title, entry] as const))("%s", (_, { expression, isError }) => {
    if (isError) return;
    const message = failure(() => parseExpression(expression));
    // The editor accepts some that only type checking refuses.
    if (message !== "no error")
      expect(message).toMatch(/expected type|must|allowed|unknown function|argument|no expression|not enabled|divi/);
  });
});

it("a warning about a histogram names its metric where names stay to the end", () => {
  const warnings = (delayedNameRemoval: boolean): readonly string[] => {
    const request = { expression: "histogram_quantile(0.5, requests_total)", queryable: storage, time: 180_000 };
    return new Engine({ delayedNameRemoval }).instant(request).warnings;
  };
  const text = 'PromQL warning: bucket label "le" is missing or has a malformed value of ""';
  expect(warnings(false)).toEqual([`${text} (1:25)`]);
  expect(warnings(true)).toEqual([`${text} for metric name "requests_total" (1:25)`]);
});

describe("what may be no counter", () => {
  const queryable = storageOf({
    'jobs{__type__="counter"}': [0, 1],
    'work_total{__type__="gauge"}': [0, 1],
    plain_total: [0, 1],
  });
  const infos = (expression: string, options: EngineOptions): readonly string[] =>
    new Engine(options).instant({ expression, queryable, time: 60_000 }).infos;
  const mayBeNone = "PromQL info: metric might not be a counter,";
  it("is told by its name", () => {
    expect(infos("rate(jobs[2m])", {})).toEqual([
      `${mayBeNone} name does not end in _total/_sum/_count/_bucket: "jobs" (1:6)`,
    ]);
    expect(infos("rate(work_total[2m])", {})).toEqual([]);
  });
  it("is told by its type, where types are labels", () => {
    const options = { typeAndUnitLabels: true };
    const says = `${mayBeNone} __type__ label is not set to "counter" or "histogram", got`;
    expect(infos("rate(jobs[2m])", options)).toEqual([]);
    expect(infos("rate(work_total[2m])", options)).toEqual([`${says} "gauge": "work_total" (1:6)`]);
    expect(infos("increase(plain_total[2m])", options)).toEqual([`${says} "": "plain_total" (1:10)`]);
  });
});
