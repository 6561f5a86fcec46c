import { parseExpression, promqlFeatures } from "@narthex/promql";
import { expect, test } from "vitest";
import { syntaxTree } from "./parse-query.js";

const features = new Set(promqlFeatures);

function tree(text: string): object {
  return syntaxTree(parseExpression(text, { features }));
}

const up = {
  type: "vectorSelector",
  name: "up",
  matchers: [{ name: "__name__", value: "up", type: "=" }],
  offset: 0,
  timestamp: null,
  startOrEnd: null,
  anchored: false,
  smoothed: false,
};
const number = (val: string): object => ({ type: "numberLiteral", val });

test.each<[query: string, expected: object]>([
  ["1e3", number("1000")],
  ['"a"', { type: "stringLiteral", val: "a" }],
  ["(up)", { type: "parenExpr", expr: up }],
  ["-up", { type: "unaryExpr", op: "-", expr: up }],
  ["up offset -1m", { ...up, offset: -60_000 }],
  ["up @ 1.5", { ...up, timestamp: 1500 }],
  ["up @ end()", { ...up, startOrEnd: "end" }],
  ["up smoothed", { ...up, smoothed: true }],
  ["up[5m] offset 1h", { ...up, type: "matrixSelector", range: 300_000, offset: 3_600_000 }],
  [
    "up[step() * 2]",
    {
      ...up,
      type: "matrixSelector",
      range: 0,
      rangeExpr: {
        type: "durationExpr",
        op: "*",
        lhs: { type: "durationExpr", op: "step", lhs: null, rhs: null, wrapped: false },
        rhs: number("2"),
        wrapped: false,
      },
    },
  ],
  [
    "up[1h:] @ start()",
    { type: "subquery", expr: up, range: 3_600_000, step: 0, offset: 0, timestamp: null, startOrEnd: "start" },
  ],
  [
    "topk by (job) (3, up)",
    { type: "aggregation", op: "topk", expr: up, param: number("3"), grouping: ["job"], without: false },
  ],
  [
    "rate(up[5m])",
    {
      type: "call",
      func: { name: "rate", argTypes: ["matrix"], variadic: 0, returnType: "vector" },
      args: [{ ...up, type: "matrixSelector", range: 300_000 }],
    },
  ],
  [
    "up == bool on (job) group_left (a) fill_right (0) up",
    {
      type: "binaryExpr",
      op: "==",
      lhs: up,
      rhs: up,
      bool: true,
      matching: {
        card: "many-to-one",
        labels: ["job"],
        on: true,
        include: ["a"],
        fillValues: { lhs: null, rhs: 0 },
      },
    },
  ],
  ["1 + 2", { type: "binaryExpr", op: "+", lhs: number("1"), rhs: number("2"), bool: false, matching: null }],
])("%s", (query, expected) => {
  expect(tree(query)).toEqual(expected);
});
