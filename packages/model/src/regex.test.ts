import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, compileRegex, regexLengthMax } from "./regex.js";
import { estimateRegexSize } from "./regex-size.js";

describe("compileRegex", () => {
  it.each<[string, string[], string[]]>([
    ["", [""], ["a"]],
    ["abc", ["abc"], ["abcd", "xabc", ""]],
    ["a|b", ["a", "b"], ["ab", ""]],
    ["(a|b)", ["a", "b"], ["ab", "(a"]],
    ["a|", ["a", ""], ["b"]],
    [".*", ["", "a\nb"], []],
    [".+", ["a\nb"], [""]],
    ["foo.*", ["foo", "foo\nbar"], ["xfoo"]],
    ["foo.+", ["foox"], ["foo"]],
    [".*foo", ["foo", "xfoo"], ["foox"]],
    [".+foo.+", ["xfoox", "foofoox"], ["foo", "xfoo", "foox"]],
    ["(?i)FoO", ["foo", "FOO"], ["fo"]],
    ["5..", ["500", "5\n0"], ["50", "5000"]],
    ["a.b|c", ["axb", "c"], ["axbc"]],
    ["\\d+", ["12"], ["", "a1"]],
    ["10\\.0\\.0\\.1:9100|a\\-b", ["10.0.0.1:9100", "a-b"], ["10x0.0.1:9100", "a\\-b"]],
    ["\\(a\\)", ["(a)"], ["a"]],
  ])("%j", (source, matching, others) => {
    const regex = compileRegex(source);
    for (const text of matching) expect([text, regex.test(text)]).toEqual([text, true]);
    for (const text of others) expect([text, regex.test(text)]).toEqual([text, false]);
  });

  it("agrees with the engine whatever path it takes", () => {
    const source = fc.string({
      unit: fc.constantFrom("a", "b", ".*", ".+", "|", ".", "(a|b)", "a*", "\\.", "\\|", "\\a"),
      maxLength: 5,
    });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 5 });
    fc.assert(
      fc.property(source, text, (pattern, value) => {
        fc.pre(isPattern(pattern));
        const regex = compileRegex(pattern);
        const expected = compilePattern(`^(?:${pattern})$`).matches(value);
        expect([pattern, value, regex.test(value)]).toEqual([pattern, value, expected]);
        if (expected) expect(value.startsWith(regex.prefix)).toBe(true);
        if (expected && regex.set) expect(regex.set).toContain(value);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses what RE2 refuses, and what is too long", () => {
    expect(() => compileRegex("a(b")).toThrow("error parsing regexp: missing closing ): `a(b`");
    expect(() => compileRegex("(?=a)")).toThrow("error parsing regexp: invalid or unsupported Perl syntax");
    expect(() => compileRegex("a".repeat(regexLengthMax + 1))).toThrow("longer than");
    expect(() => compileRegex("(.x){1,1000}".repeat(4))).toThrow("expression too large");
  });

  it.each<[string, number]>([
    ["abc", 3],
    ["a{3}", 3],
    ["a{2,5}b", 6],
    ["a{2,}", 2],
    ["(ab){10}", 40],
    ["((a{10}){10}){10}", 1220],
    ["[]a]{7}", 7],
    ["[^]\\]]{7}", 7],
    ["\\{{7}", 7],
    ["a{x}", 4],
    ["(a", 1],
  ])("%j counts %d", (source, expected) => {
    expect(estimateRegexSize(source)).toBe(expected);
  });
});

function isPattern(source: string): boolean {
  try {
    compilePattern(source);
    return true;
  } catch {
    return false;
  }
}
