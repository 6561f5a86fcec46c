import { describe, expect, test } from "vitest";
import { parseClassic } from "./classic-parser.js";
import { type MatcherParser, matcherParserFrom, matcherTextLengthMax } from "./parse.js";
import { printMatchers, sortMatchers } from "./printer.js";
import { parseUtf8 } from "./utf8-parser.js";

// Prints the matchers, or the error's text.
function run(parse: MatcherParser["parse"], input: string): string {
  try {
    return printMatchers(parse(input));
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  ["", "{}"],
  ["{}", "{}"],
  ["{foo=bar}", '{foo="bar"}'],
  ["{foo=bar,}", '{foo="bar"}'],
  ["foo=bar,", '{foo="bar"}'],
  ["{foo!=bar}", '{foo!="bar"}'],
  ["{foo=~[a-z]+}", '{foo=~"[a-z]+"}'],
  ["foo!~[a-z]+", '{foo!~"[a-z]+"}'],
  ["{foo=🙂bar}", '{foo="🙂bar"}'],
  ["foo🙂=bar", '{foo🙂="bar"}'],
  [String.raw`{"foo"="\xf0\x9f\x99\x82"}`, '{foo="🙂"}'],
  [String.raw`{"foo"="\U0001f642"}`, '{foo="🙂"}'],
  [String.raw`{"foo"="\101\u0042"}`, '{foo="AB"}'],
  [String.raw`{"foo"="bar\n"}`, String.raw`{foo="bar\n"}`],
  [String.raw`{"foo"="\"bar\""}`, String.raw`{foo="\"bar\""}`],
  [String.raw`{"foo"="bar\\"}`, String.raw`{foo="bar\\"}`],
  ['"foo bar"=baz', '{"foo bar"="baz"}'],
  ["foo=bar, bar!=baz", '{foo="bar",bar!="baz"}'],
  [",", "0:1: unexpected ,: expected label name"],
  ["{,}", "1:2: unexpected ,: expected label name"],
  ["{", "0:1: end of input: expected close brace"],
  ["}", "0:1: }: expected opening brace"],
  ["foo=bar}", "0:8: }: expected opening brace"],
  ["{foo=bar", "0:8: end of input: expected close brace"],
  ['{foo=:"bar"}', '6:11: unexpected "bar": expected a comma or close brace'],
  [String.raw`{foo="bar\w"}`, String.raw`5:12: "bar\w": invalid input`],
  [String.raw`{foo=bar\n}`, String.raw`8:9: \: invalid input: expected a comma or close brace`],
  [String.raw`{"foo"="\xf0\x9f"}`, String.raw`7:17: "\xf0\x9f": invalid input`],
  ["{foo}", "4:5: unexpected }: expected an operator such as '=', '!=', '=~' or '!~'"],
  ["foo!bar", "3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"],
  ["foo!", "3:4: unexpected end of input, expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"],
  ["{foo=}", "5:6: unexpected }: expected label value"],
  ['foo="bar', '4:8: "bar: missing end ": expected label value'],
  ["{foo=bar}x", "9:10: x: expected end of input"],
])("UTF-8 grammar: %s → %s", (input, expected) => {
  expect(run(parseUtf8, input)).toBe(expected);
});

test.each([
  ["", "{}"],
  ["foo=bar", '{foo="bar"}'],
  ['{foo="bar", baz!~"q,x"}', '{foo="bar",baz!~"q,x"}'],
  ["foo=", '{foo=""}'],
  ["foo = bar baz ", '{foo="bar baz"}'],
  [String.raw`foo="a\nb\"c\\d\e"`, String.raw`{foo="a\nb\"c\\d\\e"}`],
  ["foo", "bad matcher format: foo"],
  ["foo=bar,,a=b", "bad matcher format: "],
  ["foo🙂=bar", "bad matcher format: foo🙂=bar"],
  ['foo=b"ar', 'matcher value contains unescaped double quote: b"ar'],
  ['foo="bar', 'matcher value contains unescaped double quote: "bar'],
])("classic grammar: %s → %s", (input, expected) => {
  expect(run(parseClassic, input)).toBe(expected);
});

describe("fallback", () => {
  test.each([
    ["foo=bar", '{foo="bar"}', []],
    ["foo🙂=bar", '{foo🙂="bar"}', []],
    ["foo=", '{foo=""}', ["matchers are understood by the classic parser only and will fail in UTF-8 strict mode"]],
    [String.raw`foo="\x41"`, String.raw`{foo="\\x41"}`, ["Matchers input has disagreement"]],
    ["{foo", "bad matcher format: foo", []],
  ])("%s → %s", (input, expected, warnings) => {
    const heard: string[] = [];
    const { parse } = matcherParserFrom("fallback", (message) => heard.push(message));
    expect(run(parse, input)).toBe(expected);
    expect(heard).toEqual(warnings);
  });
});

test("input beyond the bound is refused", () => {
  const { parse } = matcherParserFrom("fallback", () => {});
  expect(run(parse, "a".repeat(matcherTextLengthMax + 1))).toBe("matchers longer than 65536 characters");
});

test("one matcher is one matcher", () => {
  const { parseOne } = matcherParserFrom("utf8-strict", () => {});
  expect(() => parseOne("{}")).toThrow("no matchers");
  expect(() => parseOne("a=b,c=d")).toThrow("expected 1 matcher, found 2");
  expect(() => matcherParserFrom("fallback", () => {}).parseOne("{")).toThrow("bad matcher format: {");
});

test("matchers sort by name, value, type", () => {
  expect(printMatchers(sortMatchers(parseUtf8("b=a,a=~b,a!=b,a=b,a=a")))).toBe('{a="a",a="b",a!="b",a=~"b",b="a"}');
});
