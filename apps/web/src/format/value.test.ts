import { describe, expect, it } from "vitest";
import { parseValue, plural, printCount, printValue, type Unit } from "./value.js";

function check(value: number, unit: Unit, expected: string): void {
  expect(printValue(value, unit)).toBe(expected);
}

describe("values are printed with few digits and the prefix of their unit", () => {
  it("plain numbers", () => {
    check(0, "none", "0");
    check(0.1 + 0.2, "none", "0.3");
    check(1234, "none", "1.234k");
    check(-1_500_000, "none", "-1.5M");
    check(999.96, "none", "1000");
    check(0.00001234, "none", "1.23e-5");
    check(Number.NaN, "none", "NaN");
    check(Number.NEGATIVE_INFINITY, "bytes", "-Inf");
  });
  it("bytes", () => {
    check(512, "bytes", "512 B");
    check(1536, "bytes", "1.5 KiB");
    check(8 * 2 ** 30, "bytes", "8 GiB");
    check(2 ** 20, "bytes-per-second", "1 MiB/s");
  });
  it("seconds", () => {
    check(0, "seconds", "0 s");
    check(0.0123, "seconds", "12.3 ms");
    check(1.5e-7, "seconds", "150 ns");
    check(90, "seconds", "1.5 min");
    check(172800, "seconds", "2 d");
  });
  it("percent", () => {
    check(0.4211, "ratio", "42.11%");
    check(42, "percent", "42%");
  });
});

it("Go's floats are read", () => {
  expect(["+Inf", "-Inf", "NaN", "1e+21", "0.5"].map(parseValue)).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    1e21,
    0.5,
  ]);
});

it("counts have thousands separators and plurals", () => {
  expect([printCount(0), printCount(1234567), plural(1, "rule"), plural(2431, "rule")]).toEqual([
    "0",
    "1,234,567",
    "1 rule",
    "2,431 rules",
  ]);
});
