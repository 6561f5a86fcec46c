import { describe, expect, it } from "vitest";
import { parseFloatGo, printFloat, printFloatApi, printFloatG } from "./float.js";

describe("printing floats", () => {
  it.each<[number, string]>([
    [0, "0"],
    [-0, "-0"],
    [1.5, "1.5"],
    [1e21, "1000000000000000000000"],
    [1.2345e-9, "0.0000000012345"],
    [-1e-7, "-0.0000001"],
    [5e-324, `0.${"0".repeat(323)}5`],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ])("%d without exponent: %s", (value, text) => expect(printFloat(value)).toBe(text));

  it.each<[number, string]>([
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
    [1e-6, "0.000001"],
    [9.9e-7, "9.9e-07"],
    [-1.25e100, "-1.25e+100"],
  ])("%d for the API: %s", (value, text) => expect(printFloatApi(value)).toBe(text));

  it.each<[number, string]>([
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e21, "1e+21"],
  ])("%d as %%g: %s", (value, text) => expect(printFloatG(value)).toBe(text));
});

describe("parseFloatGo", () => {
  it.each<[string, number | undefined]>([
    ["1", 1],
    ["+1.5e3", 1500],
    [".5", 0.5],
    ["5.", 5],
    ["nan", NaN],
    ["-INF", -Infinity],
    ["Infinity", Infinity],
    ["0x1p4", 16],
    ["-0x1.8p1", -3],
    ["", undefined],
    ["1e", undefined],
    ["0x10", undefined],
    ["1_000", undefined],
    [" 1", undefined],
  ])("%j", (text, value) => expect(parseFloatGo(text)).toBe(value));
});
