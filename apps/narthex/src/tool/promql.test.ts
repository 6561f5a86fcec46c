import { expect, it } from "vitest";
import { runNarthex } from "../testing/run.js";

it.each([
  [["format", "sum(rate(a[5m])) by (x)"], 0, "sum by (x) (rate(a[5m]))\n"],
  [["format", "-a"], 0, "-a\n"],
  [["--experimental", "label-matchers", "set", "-t", "=~", "a / b", "x", "y"], 0, 'a{x=~"y"} / b{x=~"y"}\n'],
  [["label-matchers", "delete", "a{x='1',y='2'}", "x"], 0, 'a{y="2"}\n'],
  [["format", "sum("], 1, "1:5: parse error: unclosed left parenthesis\n"],
])("promql %j", async (args, code, said) => {
  const ran = await runNarthex("tool", "promql", ...args);
  expect([ran.code, ran.stdout + ran.stderr]).toEqual([code, said]);
});
