// Names by all four strategies. Where an expectation has a source it stands beside it: "spec" is OpenTelemetry's "Prometheus and
// OpenMetrics Compatibility", "translator" the README of prometheus/otlptranslator, "docs" Prometheus' configuration page.
import type { OtlpData, OtlpMetric } from "@narthex/formats";
import { expect, test } from "vitest";
import { type OtlpConfig, otlpDefaults } from "../config/otlp.js";
import { translateLabelName } from "./label-name.js";
import { translateMetricName } from "./metric-name.js";
import { translateUnit } from "./unit.js";

const data: Readonly<Record<"gauge" | "counter" | "updown" | "histogram", OtlpData>> = {
  gauge: { kind: "gauge", points: [] },
  counter: { kind: "sum", points: [], temporality: "cumulative", isMonotonic: true },
  updown: { kind: "sum", points: [], temporality: "cumulative", isMonotonic: false },
  histogram: { kind: "histogram", points: [], temporality: "cumulative" },
};

function metric(name: string, unit: string, kind: keyof typeof data): OtlpMetric {
  return { name, unit, description: "", data: data[kind] };
}

test.each<[source: string, name: string, unit: string, kind: keyof typeof data, escaped: string, utf8: string]>([
  ["translator", "requests.count", "1", "counter", "requests_count_total", "requests.count_total"],
  ["translator", "memory.usage", "By", "gauge", "memory_usage_bytes", "memory.usage_bytes"],
  ["translator", "cpu.utilization", "1", "gauge", "cpu_utilization_ratio", "cpu.utilization_ratio"],
  [
    "spec",
    "http.server.request.duration",
    "s",
    "histogram",
    "http_server_request_duration_seconds",
    "http.server.request.duration_seconds",
  ],
  ["spec: braces are annotations", "files", "{file}", "gauge", "files", "files"],
  ["spec: per", "rate", "By/s", "gauge", "rate_bytes_per_second", "rate_bytes_per_second"],
  ["spec: per an annotation", "rate", "By/{packet}", "gauge", "rate_bytes", "rate_bytes"],
  ["spec: an annotation per", "rate", "{packet}/s", "gauge", "rate_per_second", "rate_per_second"],
  ["spec: a suffix that is there", "x_total", "", "counter", "x_total", "x_total"],
  ["a suffix in the middle goes to the end", "a.total.b", "", "counter", "a_b_total", "a.total.b_total"],
  ["a unit that is there", "a.seconds", "s", "gauge", "a_seconds", "a.seconds"],
  ["a unit that is there before the type", "a_seconds_total", "s", "counter", "a_seconds_total", "a_seconds_total"],
  ["1 is a ratio for gauges alone", "x", "1", "updown", "x", "x"],
  ["a ratio that is there", "x_ratio", "1", "gauge", "x_ratio", "x_ratio"],
  ["an unknown unit", "x", "widgets", "gauge", "x_widgets", "x_widgets"],
  ["a unit of odd characters", "x", "a b!c", "gauge", "x_a_b_c", "x_a b!c"],
  ["a unit of odd characters behind per", "x", "By/a b", "gauge", "x_bytes_per_a_b", "x_bytes_per_a b"],
  ["spec: runs become one underscore", "a__b...c", "", "gauge", "a_b_c", "a__b...c"],
  ["spec: no digit at the start", "0.5xx", "", "gauge", "_0_5xx", "0.5xx"],
  ["colons stay", "a:b", "", "gauge", "a:b", "a:b"],
  ["other letters", "größe", "", "gauge", "gr_e", "größe"],
  ["ends are trimmed", ".a.", "", "gauge", "a", ".a."],
])("%s: %s (%s) of a %s", (_, name, unit, kind, escaped, utf8) => {
  expect(translateMetricName(metric(name, unit, kind), "UnderscoreEscapingWithSuffixes")).toBe(escaped);
  expect(translateMetricName(metric(name, unit, kind), "NoUTF8EscapingWithSuffixes")).toBe(utf8);
  expect(translateMetricName(metric(name, unit, kind), "NoTranslation")).toBe(name);
});

test("docs: escaping without suffixes leaves unit and type out, and underscores as they are", () => {
  const check = (name: string, expected: string): void =>
    expect(translateMetricName(metric(name, "s", "counter"), "UnderscoreEscapingWithoutSuffixes")).toBe(expected);
  check("http.requests", "http_requests");
  check("a__b", "a__b");
  check("a..b", "a_b");
  check("9a", "_9a");
});

test("a name of which nothing is left is refused", () => {
  for (const strategy of ["UnderscoreEscapingWithSuffixes", "UnderscoreEscapingWithoutSuffixes"] as const) {
    expect(() => translateMetricName(metric("...", "", "gauge"), strategy)).toThrow(
      'normalization for metric "..." resulted in empty name',
    );
  }
  expect(() => translateMetricName(metric("ä__", "", "gauge"), "UnderscoreEscapingWithoutSuffixes")).toThrow(
    'normalization for metric "ä__" resulted in invalid name "__"',
  );
});

// The table of units that the spec names, and those that Prometheus adds.
test("units become words", () => {
  const words = `
    d=days h=hours min=minutes s=seconds ms=milliseconds us=microseconds ns=nanoseconds
    By=bytes KiBy=kibibytes MiBy=mebibytes GiBy=gibibytes TiBy=tibibytes
    KBy=kilobytes MBy=megabytes GBy=gigabytes TBy=terabytes
    m=meters V=volts A=amperes J=joules W=watts g=grams Cel=celsius Hz=hertz 1= %=percent {x}=
    m/s=meters_per_second 1/m=per_minute J/h=joules_per_hour A/d=amperes_per_day
    W/w=watts_per_week g/mo=grams_per_month V/y=volts_per_year requests/s=requests_per_second _x_=x`;
  const pairs = words
    .trim()
    .split(/\s+/)
    .map((pair) => pair.split("=") as [string, string]);
  for (const [unit, word] of [...pairs, ["", ""], [" By / s ", "bytes_per_second"]] as const) {
    expect([unit, translateUnit(unit)]).toEqual([unit, word]);
  }
});

function label(key: string, options: Partial<OtlpConfig> = {}): string {
  return translateLabelName(key, { ...otlpDefaults, ...options });
}

test("translator: label names are escaped", () => {
  expect(label("http.method")).toBe("http_method");
  expect(label("123invalid")).toBe("key_123invalid");
  expect(label("__reserved__")).toBe("__reserved__");
  expect(label("label@with$symbols")).toBe("label_with_symbols");
  expect(label("größe")).toBe("gr__e");
  expect(label("ключ1")).toBe("____1");
});

test("docs: label_name_underscore_sanitization puts key before one underscore, and not before two", () => {
  expect(label("_private")).toBe("key_private");
  expect(label(".private")).toBe("key_private");
  expect(label("__a")).toBe("__a");
  expect(label("_private", { label_name_underscore_sanitization: false })).toBe("_private");
});

test("docs: label_name_preserve_multiple_underscores keeps runs; else they become one, but for reserved names", () => {
  const collapsed = { label_name_preserve_multiple_underscores: false };
  expect(label("a..b__c")).toBe("a__b__c");
  expect(label("a..b__c", collapsed)).toBe("a_b_c");
  expect(label("__a..b__", collapsed)).toBe("__a_b__");
  expect(label("__a", collapsed)).toBe("key_a");
});

test("labels are not escaped where names are not", () => {
  expect(label("a.b", { translation_strategy: "NoTranslation" })).toBe("a.b");
  expect(label("_é", { translation_strategy: "NoUTF8EscapingWithSuffixes" })).toBe("_é");
});

test("label names of which nothing is left are refused", () => {
  expect(() => label("")).toThrow('normalization for label name "" resulted in empty name');
  const text = 'normalization for label name ".." resulted in invalid name "__"';
  expect(() => label("..")).toThrow(text);
});
