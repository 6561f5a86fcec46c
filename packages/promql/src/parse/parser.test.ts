import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ParseError } from "../error.js";
import { parseExpression } from "./parser.js";

const corpora = process.env["CORPORA"] ?? resolve(import.meta.dirname, "../../../../../shared/corpora");
const tableFile = `${corpora}/promql/parser.json`;

type Case = { input: string; valid: boolean; errors?: { start: number; end: number; message: string }[] };

// Two inputs of the table are Go literals cut in half at a concatenation; Prometheus refuses them too.
const brokenInputs = new Set(["{'foo\\'bar', ", "`"]);

// The table writes the byte 0xff as U+00FF; in a string of text it is a lone surrogate.
function textOf({ input, errors }: Case): string {
  return errors?.[0]?.message === "invalid UTF-8 rune" ? input.replaceAll("\u00ff", "\udcff") : input;
}

function outcome(text: string): string {
  try {
    parseExpression(text);
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
