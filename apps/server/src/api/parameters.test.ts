import { expect, test } from "vitest";
import { named, Parameters } from "./parameters.js";

function outcome(selector: string, read: (parameters: Parameters) => unknown): string {
  try {
    read(new Parameters(new URLSearchParams({ "match[]": selector })));
    return "taken";
  } catch (error) {
    return (error as Error).message;
  }
}

const empty = "match[] must contain at least one non-empty matcher";

test.each([
  ["up", "taken"],
  ['up{__name__="down"}', "taken"],
  ["{}", empty],
  ['{job=~".*"}', empty],
  ['{job!="a"}', empty],
  ["up{", "1:4: parse error: unexpected end of input inside braces"],
  ["sum(up)", '1:4: parse error: unexpected "("'],
])("match[]=%s: %s", (selector, error) => {
  expect(outcome(selector, (parameters) => parameters.matcherSets())).toBe(error);
});

test("federation may ask for all that lacks something", () => {
  expect(outcome('{__name__!~"go_.*"}', (parameters) => parameters.anyMatcherSets())).toBe("taken");
});

test("some endpoints name the parameter", () => {
  const read = (parameters: Parameters): unknown => named("match[]", () => parameters.matcherSets());
  expect(outcome("{}", read)).toBe(`invalid parameter "match[]": ${empty}`);
});
