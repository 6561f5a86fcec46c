// Which queries are evaluated on the main thread, and that the answer does not tell.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import { Engine, parseExpression, type QueryNeeds } from "@narthex/promql";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeAnswer } from "./answer.js";
import type { QueryTimes } from "./protocol.js";
import type { Query } from "./query.js";
import { type SmallForm, SmallQueries, smallSamplesMax, smallStepsMax } from "./small.js";

const folder = mkdtempSync(join(tmpdir(), "small-queries-"));
const minute = 60_000;
const end = 400 * minute;
const engine = new Engine();
let tsdb: Tsdb;
let small: SmallQueries;

function append(name: string, seriesCount: number, times: readonly number[]): void {
  const appender = tsdb.appender();
  for (let i = 0; i < seriesCount; i++) {
    const ref = appender.series(labelsFrom({ __name__: name, i: String(i), even: String(i % 2 === 0) }));
    const count = times.length;
    appender.append({
      count,
      refs: new Uint32Array(count).fill(ref),
      t: Float64Array.from(times),
      v: Float64Array.from(times, (t) => t * i),
      outcomes: new Uint8Array(count),
    });
  }
  appender.commit();
}

beforeAll(async () => {
  tsdb = await openTsdb({ path: folder });
  for (let t = 0; t <= end; t += minute) append("m", 300, [t]);
  append(
    "dense",
    10,
    Array.from({ length: 3000 }, (_, i) => end - 300_000 + 100 * (i + 1)),
  );
  // The first hours become blocks.
  await tsdb.compact();
  small = new SmallQueries({ engine: {}, tsdb, stopwatchMs: () => 0 });
});

afterAll(async () => {
  await tsdb.close();
  rmSync(folder, { recursive: true });
});

const query = (text: string, times: QueryTimes = { time: end }): Query => ({
  text,
  expression: parseExpression(text),
  times,
});
const needsOf = (asked: Query): QueryNeeds => engine.needs({ ...asked, ...asked.times });
const isSmall = (asked: Query): boolean => small.isSmall(asked, needsOf(asked));
/** For its result. */
const how = (asked: Query): SmallForm => ({
  needs: needsOf(asked),
  form: { kind: "result" },
  lookbackDeltaMs: undefined,
});
const lately = (steps: number): QueryTimes => ({ start: end - (steps - 1) * 1000, end, step: 1000 });

describe("small", () => {
  test.each([
    'm{i="3"}',
    'm{i=~"3|4",even="true"} > 1',
    'sum by (even) (rate(m{i=~"1|2"}[5m]))',
    'm{even="true",i!="2",i="4"} / on (i) m{i="4"}',
    'm{i="3",other=~".*"}',
    "vector(time())",
    "nothing",
  ])("%s", (text) => {
    for (const times of [{ time: end }, lately(100)]) {
      const asked = query(text, times);
      expect(isSmall(asked)).toBe(true);
      const request = { expression: text, queryable: tsdb };
      const result =
        "time" in times ? engine.instant({ ...request, ...times }) : engine.range({ ...request, ...times });
      const form = { limit: 0, stats: "none" } as const;
      const expected = writeAnswer(result, { ...form, timings: { queueMs: 0, evalMs: 0 } });
      const body = { ...how(asked), form: { kind: "body", ...form } } as const;
      expect(small.answer(asked, body)?.body).toEqual(expected);
    }
  });
});

describe("not small", () => {
  test.each([
    ["many series", query("m")],
    ["an expression that all values of a label are tried with", query('m{i=~".*3"}')],
    ["a label that may be missing", query('m{i="3",other=""}')],
    ["no value", query('{i!=""}')],
    ["a subquery", query('max_over_time(m{i="3"}[5m:1ms])')],
    ["new labels", query('label_replace(m{i="3"}, "x", "$1$1", "i", "(.*)")')],
    ["a long text", query(Array.from({ length: 100 }, () => "vector(1)").join(" + "))],
    ["many operators at many steps", query(`${"abs(".repeat(40)}vector(1)${")".repeat(40)}`, lately(smallStepsMax))],
    ["many steps", query("vector(1)", lately(smallStepsMax + 1))],
    ["a long window", query('rate(m{i=~"1|2|3|4|5|6|7|8|9|10|11"}[1h])')],
    ["samples in blocks", query('m{i="3"}', { time: 30 * minute })],
  ])("%s", (_, asked) => {
    expect(isSmall(asked)).toBe(false);
  });
});

test("what is more than it seemed is given up", () => {
  const asked = query("count_over_time(dense[5m])");
  expect(isSmall(asked)).toBe(true);
  expect(3000 * 10).toBeGreaterThan(2 * smallSamplesMax);
  expect(small.answer(asked, how(asked))).toBeUndefined();
});

test("annotations point into the text", () => {
  const text = 'rate(  m{i="3"}  [5m])';
  const asked = query(text);
  const { infos } = small.answer(asked, how(asked))?.result ?? {};
  expect(infos).toEqual(engine.instant({ expression: text, queryable: tsdb, time: end }).infos);
  expect(infos).toHaveLength(1);
});
