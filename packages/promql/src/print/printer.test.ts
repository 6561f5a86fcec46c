import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseExpression } from "../parse/parser.js";
import { prettyPrint } from "./pretty.js";
import { printExpression } from "./printer.js";

const corpora = process.env["CORPORA"] ?? resolve(import.meta.dirname, "../../../../../shared/corpora");

type Case = { in: string; out: string };

function table(file: string, print: (text: string) => string): void {
  describe(file, () => {
    const path = `${corpora}/promql/${file}`;
    if (!existsSync(path)) {
      it("stands in the corpora, which are not here", () => {});
      return;
    }
    const cases = JSON.parse(readFileSync(path, "utf8")) as Case[];
    it.each(cases.map((entry) => [entry.in.slice(0, 80), entry] as const))("%s", (_, entry) => {
      expect(print(entry.in)).toBe(entry.out);
    });
  });
}

table("printer.json", (text) => printExpression(parseExpression(text)));
table("prettier.json", (text) => prettyPrint(parseExpression(text), { lineLengthMax: 10 }));

describe("own cases", () => {
  const check = (text: string, printed = text): void => {
    expect(printExpression(parseExpression(text))).toBe(printed);
    expect(printExpression(parseExpression(printed))).toBe(printed);
  };
  it("prints operators, signs and modifiers so that they read back", () => {
    check("-(a ^ b)");
    check("a>/2", "a >/ 2");
    check('sum by("a b",c)(x)', 'sum by ("a b", c) (x)');
    check("x[5m:] @ end() offset -1h");
    check("x[5m] smoothed @ end() offset -1h");
    check("x smoothed @ 5 offset 1h", "x @ 5.000 smoothed offset 1h");
    check("a + fill(1000000) b", "a + fill (1e+06) b");
    check("0x1F + 1_000 + .5", "31 + 1000 + 0.5");
    check("1h30m", "1h30m");
  });
});
