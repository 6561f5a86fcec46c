import { printLabels } from "@narthex/model";
import { describe, expect, test } from "vitest";
import { printHistogramDescriptor } from "../histogram/descriptor.js";
import { parseSequence, parseSeriesDescription, type SequenceValue, sequenceLengthMax } from "./series-description.js";

function print(value: SequenceValue): string {
  if (value.kind === "histogram") return printHistogramDescriptor(value.h);
  return value.kind === "float" ? String(value.v) : value.kind;
}

describe("a sequence", () => {
  const cases: readonly [text: string, values: string][] = [
    ["", ""],
    ["1 2.5 -3 +4 .5 1e3 1E-2", "1 2.5 -3 4 0.5 1000 0.01"],
    ["Inf -Inf +inf NaN nan", "Infinity -Infinity Infinity NaN NaN"],
    ["1x2", "1 1 1"],
    ["0x3", "0 0 0 0"],
    ["1+2x3", "1 3 5 7"],
    ["10-5x2", "10 5 0"],
    ["-1-1x1", "-1 -2"],
    ["1e1+1e1x2", "10 20 30"],
    ["1+0x0", "1"],
    ["_ 1 _x2 stale", "omitted 1 omitted omitted stale"],
    ["  1\t2 ", "1 2"],
    ["{{}}", "{{}}"],
    ["{{sum:1 count:2}}x1", "{{count:2 sum:1}} {{count:2 sum:1}}"],
    [
      "{{count:1 buckets:[1]}}+{{count:1 buckets:[0 1]}}x2",
      "{{count:1 buckets:[1]}} {{count:2 buckets:[1 1]}} {{count:3 buckets:[1 2]}}",
    ],
    ["{{count:3 buckets:[3]}}-{{count:1 buckets:[1]}}x1", "{{count:3 buckets:[3]}} {{count:2 buckets:[2]}}"],
    [
      "{{schema:-53 custom_values:[1 +Inf] offset:1 buckets:[ 2 ]}}",
      "{{schema:-53 custom_values:[1 +Inf] offset:1 buckets:[2]}}",
    ],
  ];
  test.each(cases)("%s", (text, values) => {
    expect(parseSequence(text).map(print).join(" ")).toBe(values);
  });

  test.each([
    ["1+2", 'expected "x" at the end'],
    ["1 , 2", 'expected a value at ", 2"'],
    ["1a", 'unexpected text at "a"'],
    ["stale3", 'unexpected text at "3"'],
    ["{{sum:x}}", "sum is no number"],
    ["{{sum:1", "expected a histogram"],
    ["{{schema:1}}+{{schema:0}}x1", "cannot merge from schema 0 to 1"],
    ["infx3", 'expected a value at "infx3"'],
    ["0+NaN1x3", 'unexpected text at "+NaN1x3"'],
    ["1 1e352", "1e352 is out of range"],
    ["1x99999999999", "series is too long"],
    [`1x${sequenceLengthMax} 1`, "series is too long"],
  ])("%s is refused", (text, message) => {
    expect(() => parseSequence(text)).toThrow(message);
  });
});

describe("a series", () => {
  test.each([
    ["up 1", "up"],
    ['up{job="a",instance="b:1"} 1', 'up{instance="b:1", job="a"}'],
    ["up{ job = 'a', } 1", 'up{job="a"}'],
    ["up{} 1", "up"],
    ['{__name__="up", a="\\n\\"`"} 1', 'up{a="\\n\\"`"}'],
    ['{"utf.8", "läbel"=`raw\\n`} 1', '{__name__="utf.8", "läbel"="raw\\\\n"}'],
    ["{} 1", "{}"],
    ["sum 1", "sum"],
    [" up 1", "up"],
    ["info 1", "info"],
  ])("%s", (text, labels) => {
    const series = parseSeriesDescription(text);
    expect(printLabels(series.labels)).toBe(labels);
    expect(series.values.length).toBe(1);
  });

  test.each([
    ["{a=1} 1"],
    ["{a} 1"],
    ['up{a="b" c="d"} 1'],
    ['up{a="b} 1'],
    ["7 1"],
    ["NaN 1"],
    ["up1.5 1"],
    ["up{}1"],
  ])("%s is refused", (text) => {
    expect(() => parseSeriesDescription(text)).toThrow();
  });
});
