import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ParseError } from "../error.js";
import { printExpression } from "../print/printer.js";
import { type ParseOptions, parseExpression } from "./parser.js";

const corpora = process.env["CORPORA"] ?? resolve(import.meta.dirname, "../../../../../shared/corpora");
const tableFile = `${corpora}/promql/parser.json`;

type Case = { input: string; valid: boolean; errors?: { start: number; end: number; message: string }[] };

// Two inputs of the table are Go literals cut in half at a concatenation; Prometheus refuses them too.
const brokenInputs = new Set(["{'foo\\'bar', ", "`"]);

// The table writes the byte 0xff as U+00FF; in a string of text it is a lone surrogate.
function textOf({ input, errors }: Case): string {
  return errors?.[0]?.message === "invalid UTF-8 rune" ? input.replaceAll("\u00ff", "\udcff") : input;
}

function outcome(text: string, options: ParseOptions = {}): string {
  try {
    parseExpression(text, options);
    return "valid";
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return `${error.range.start}-${error.range.end} ${error.reason}`;
  }
}

describe("Prometheus' own table of expressions", () => {
  if (!existsSync(tableFile)) {
    it("stands in the corpora, which are not here", () => {});
    return;
  }
  const cases = JSON.parse(readFileSync(tableFile, "utf8")) as Case[];
  it.each(cases.map((entry) => [entry.input.slice(0, 80), entry] as const))("%s", (_, entry) => {
    const got = outcome(textOf(entry));
    const first = entry.errors?.[0];
    if (brokenInputs.has(entry.input) || (!entry.valid && !first)) expect(got).not.toBe("valid");
    else expect(got).toBe(first ? `${first.start}-${first.end} ${first.message}` : "valid");
  });
});

it.each([
  ["a * on (b) group_left", "unexpected end of input"],
  ["(a * on (b) group_left)", 'unexpected ")"'],
  ["a * on (b) group_left * c", "unexpected <op:*>"],
  ["a > on (b) group_right bool c", "unexpected <bool>"],
])("%s lacks labels or an operand", (text, what) => {
  expect(outcome(text)).toContain(`${what} in grouping opts, expected "("`);
});

it.each([
  ['up { # which\n job = "a", # and\n # where\n zone = "b" # so\n}', 'up{job="a",zone="b"}'],
  ['up{job#name\n="a"} # end', 'up{job="a"}'],
  ["sum by (job # which\n) (up)", "sum by (job) (up)"],
])("comments of %j are no part of it", (text, meaning) => {
  expect(printExpression(parseExpression(text))).toBe(meaning);
});

it.each([
  ["up end", '3-6 unexpected "end"'],
  ["sum by (without) (up)", "8-15 unexpected <without> in grouping opts, expected label"],
  ["up offset by", "10-12 unexpected <by> in offset, expected number, duration, step(), or range()"],
  ["sum(up) @ -Inf", "0-7 timestamp out of bounds for @ modifier: -Inf"],
  ['up{job # ="a"}', "14-14 unexpected end of input inside braces"],
  ["'a\\\n'", "0-5 unknown escape sequence U+000A"],
  ['"\\x\u00a0"', "0-6 illegal character U+00A0 in escape sequence"],
  ["a + fill(0) 1", "0-13 filling in missing series only allowed between instant vectors"],
  ["a or fill(0) b", "0-14 filling in missing series not allowed for set operators"],
  ["a[5m] anchored smoothed", "0-14 anchored and smoothed modifiers cannot be used together"],
  ["up offset -9.5e10", "10-11 duration out of range"],
  ["up[-9.5e10]", "3-4 duration out of range"],
])("%s is refused as Prometheus does", (text, error) => {
  expect(outcome(text)).toBe(error);
});

it.each([
  ["a + on (b) fill(0) c", "0-20 binop fill modifiers are experimental and not enabled"],
  ["limitk(a)", "0-9 limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"],
  ["sum(a[5m] smoothed)", "4-9 smoothed modifier is experimental and not enabled"],
  ["step()", '0-4 function "step" is not enabled'],
])("%s needs a feature", (text, error) => {
  expect(outcome(text, { features: new Set() })).toBe(error);
  expect(outcome(text)).not.toBe(error);
});
