import { expect, it } from "vitest";
import { adviseOnAnnotation, adviseOnError, locateError } from "./advice.js";

it("known mistakes come with what to do", () => {
  const cases: [string, RegExp][] = [
    ['1:6: parse error: expected type range vector in call to function "rate", got instant vector', /metric\[5m\]/],
    ["exceeded maximum resolution of 11,000 points per timeseries.", /coarser/],
    ["multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)", /group_left/],
  ];
  for (const [message, expected] of cases) expect(adviseOnError("bad_data", message)).toMatch(expected);
  expect(adviseOnError("timeout", "query timed out in expression evaluation")).toMatch(/ran out of time/);
  expect(adviseOnError("internal", "something new")).toBeUndefined();
  expect(adviseOnAnnotation("PromQL info: metric might not be a counter: x (1:6)")).toMatch(/deriv/);
});

it("the place of a parse error is found on its line", () => {
  expect(locateError('1:5: parse error: unexpected "b"', "a + b")).toEqual({
    line: "a + b",
    column: 4,
    message: 'unexpected "b"',
  });
  expect(locateError('invalid parameter "query": 2:1: parse error: unclosed', "sum(\n  up")?.line).toBe("  up");
  expect(locateError("9:1: parse error: x", "up")).toBeUndefined();
  expect(locateError("timeout", "up")).toBeUndefined();
});
