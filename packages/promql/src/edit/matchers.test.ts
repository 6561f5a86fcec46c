import { matcherFrom } from "@narthex/model";
import { expect, it } from "vitest";
import { parseExpression } from "../parse/parser.js";
import { printExpression } from "../print/printer.js";
import { deleteMatcher, setMatcher } from "./matchers.js";

const everywhere =
  'sum by (job) (rate(a{x="1"}[5m]) / on (x) -b) + min_over_time((d{y!="2",x=~"3"})[5m:1m] @ 3) * scalar(c)';

it.each([
  ["up", 'up{x="new"}'],
  ["{x='old'}", '{x="new"}'],
  ["vector(1)", "vector(1)"],
  [
    everywhere,
    'sum by (job) (rate(a{x="new"}[5m]) / on (x) -b{x="new"}) + min_over_time((d{x="new",y!="2"})[5m:1m] @ 3) * scalar(c{x="new"})',
  ],
])("sets a matcher in %s", (before, after) => {
  const sorted = (text: string): string => printExpression(parseExpression(text));
  expect(printExpression(setMatcher(parseExpression(before), matcherFrom("=", "x", "new")))).toBe(sorted(after));
});

it.each([
  ["up{x='1'}", "up"],
  ["up{y='1'}", 'up{y="1"}'],
  [everywhere, 'sum by (job) (rate(a[5m]) / on (x) -b) + min_over_time((d{y!="2"})[5m:1m] @ 3.000) * scalar(c)'],
])("deletes a matcher from %s", (before, after) => {
  expect(printExpression(deleteMatcher(parseExpression(before), "x"))).toBe(after);
});
