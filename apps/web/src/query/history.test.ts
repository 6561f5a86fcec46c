import { expect, it } from "vitest";
import { historyMax, parseHistory, rememberExpression } from "./history.js";

it("an expression moves to the front and is kept once", () => {
  expect(rememberExpression(["a", "b"], " b ")).toEqual(["b", "a"]);
  expect(rememberExpression(["a"], "  ")).toEqual(["a"]);
});

it("history has a limit", () => {
  let history: string[] = [];
  for (let i = 0; i < historyMax + 5; i++) history = rememberExpression(history, `up + ${i}`);
  expect(history).toHaveLength(historyMax);
  expect(history[0]).toBe(`up + ${historyMax + 4}`);
});

it("broken storage is no history", () => {
  expect(parseHistory(null)).toEqual([]);
  expect(parseHistory("{")).toEqual([]);
  expect(parseHistory('["a", 1]')).toEqual(["a"]);
});
