import { describe, expect, it } from "vitest";
import { CallError } from "../errors.js";
import type { PrometheusContext } from "../functions/prometheus.js";
import { structOf, type Value } from "../value/value.js";
import { expandAlertTemplate, parseAlertTemplate } from "./expand.js";

const samples = [
  { labels: { __name__: "up", instance: "b" }, value: 1 },
  { labels: { __name__: "up", instance: "a" }, value: 0 },
];

const context: PrometheusContext = {
  query: (expression) => {
    if (expression !== "up") throw new CallError(`no answer to ${expression}`);
    return samples;
  },
  timeMs: 1_700_000_000_500,
  externalUrl: "https://prometheus.example:9090/pre/fix",
};

function expand(text: string, value: Value = 42): string {
  const data = {
    labels: { job: "node" },
    externalLabels: new Map([["region", "eu"]]),
    externalUrl: context.externalUrl,
    value,
  };
  return expandAlertTemplate(parseAlertTemplate("HostDown", text), data, context).text;
}

describe("names that are preset", () => {
  it.each([
    ["{{ $labels.job }} {{ .Labels.job }}", "node node"],
    ["{{ $labels.nope }}", ""],
    ["{{ $value }} {{ .Value }}", "42 42"],
    ["{{ $externalLabels.region }} {{ .ExternalLabels.region }}", "eu eu"],
    [
      "{{ $externalURL }} {{ .ExternalURL }}",
      "https://prometheus.example:9090/pre/fix https://prometheus.example:9090/pre/fix",
    ],
  ])("%s", (text, expected) => expect(expand(text)).toBe(expected));
});

describe("functions of the evaluation", () => {
  it.each([
    ["{{ externalURL }} {{ pathPrefix }}", "https://prometheus.example:9090/pre/fix /pre/fix"],
    ["{{ now }}", "1.7000000005e+09"],
    ["{{ (now | toTime).Format `2006-01-02 15:04:05.000` }}", "2023-11-14 22:13:20.500"],
    ["{{ range query `up` | sortByLabel `instance` }}{{ .Labels.instance }}={{ .Value }} {{ end }}", "a=0 b=1 "],
    ["{{ with query `up` }}{{ . | first | label `instance` }}{{ end }}", "b"],
    ["{{ query `up` | first | strvalue }}", ""],
    ["{{ toDuration 90.5 }} {{ toDuration 60 | humanizeDuration }}", "1m30.5s 1m 0s"],
    ["{{ urlQueryEscape `a b&c` }}", "a+b%26c"],
    ["{{ humanizeDuration (toDuration `3600`) }}", "1h 0m 0s"],
  ])("%s", (text, expected) => expect(expand(text)).toBe(expected));
});

describe("values that are no numbers", () => {
  const histogram = structOf(
    { name: "*histogram.FloatHistogram", isPointer: true, print: () => "{count:2, sum:3}" },
    [],
  );

  it("a histogram prints itself", () => expect(expand("{{ $value }}", histogram)).toBe("{count:2, sum:3}"));
  it("a histogram is not humanized", () =>
    expect(expand("{{ humanize $value }}", histogram)).toContain("can't convert *histogram.FloatHistogram to float"));
  it.each([
    [Number.NaN, "NaN NaN NaN"],
    [Number.POSITIVE_INFINITY, "+Inf +Inf +Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf -Inf -Inf"],
  ])("%d", (value, expected) =>
    expect(expand("{{ $value }} {{ humanize $value }} {{ humanizeDuration $value }}", value)).toBe(expected),
  );
});

describe("errors", () => {
  it("of the text are thrown at load, with the position in the file's text and the preset names before it", () =>
    expect(() => parseAlertTemplate("HostDown", "{{ nope }}")).toThrow(
      'template: __alert_HostDown:1: function "nope" not defined',
    ));
  it("of the expansion become its text", () =>
    expect(expand("{{ .Nope }}")).toBe(
      "<error expanding template: error executing template __alert_HostDown: template: __alert_HostDown:1:115: " +
        'executing "__alert_HostDown" at <.Nope>: can\'t evaluate field Nope in type ' +
        "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }>",
    ));
  it.each([
    ["{{ query `bad` }}", "error calling query: no answer to bad"],
    ["{{ query `up` | first | value | toUpper }}", "wrong type for value; expected string; got float64"],
    ["{{ first 3 }}", "can't handle 3 for arg of type template.queryResult"],
    ["{{ toTime `x` }}", 'error calling toTime: strconv.ParseFloat: parsing "x": invalid syntax'],
    ["{{ toTime 1e30 }}", "1e+30 cannot be represented as a nanoseconds timestamp since it overflows int64"],
    ["{{ parseDuration `x` }}", 'not a valid duration string: "x"'],
    ["{{ match `[` `x` }}", "error calling match: error parsing regexp: missing closing ]: `[`"],
  ])("%s", (text, message) => expect(expand(text)).toContain(message));
  it("a missing tmpl: only consoles have it", () =>
    expect(() => parseAlertTemplate("A", '{{ tmpl "x" 1 }}')).toThrow('function "tmpl" not defined'));
});
