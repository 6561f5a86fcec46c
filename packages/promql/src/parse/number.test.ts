import { describe, expect, it } from "vitest";
import { parseExpression } from "./parser.js";

function read(text: string): number | string {
  try {
    const expression = parseExpression(text);
    return expression.kind === "number" ? expression.value : expression.kind;
  } catch (error) {
    return (error as Error).message;
  }
}

const syntaxError = (text: string) =>
  `1:1: parse error: error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`;
const badNumber = (text: string) => `1:1: parse error: bad number or duration syntax: ${JSON.stringify(text)}`;

describe("a number literal is read as Go's strconv reads it", () => {
  it.each([
    ["0x1_f", 31],
    ["0x_1", 1],
    ["0Xff", 255],
    ["010", 8],
    ["0777_7", 4095],
    ["09", 9],
    ["1_000.5", 1000.5],
    [".5_5", 0.55],
    ["1e5_0", 1e50],
    ["9223372036854775808", 2 ** 63],
  ])("%s", (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each(["0x", "0x__1", "0x8000000000000000"])("refuses %s", (text) => {
    expect(read(text)).toBe(syntaxError(text));
  });

  it.each([
    ["0x1.8", "0x1."],
    ["0xg", "0x"],
    ["1e", "1e"],
    ["1__0", "1__"],
    ["1.5.5", "1.5."],
    ["1_", "1_"],
    ["1e3http", "1e3ht"],
    ["5m5", "5m5"],
  ])("gives up in %s after %s", (text, upTo) => {
    expect(read(text)).toBe(badNumber(upTo));
  });

  it.each([
    ["1_ ", "1_"],
    ["1e+ ", "1e+"],
    ["1e5.5", "1e5.5"],
  ])("takes %s for a number and then refuses it", (text, taken) => {
    expect(read(text)).toBe(syntaxError(taken));
  });

  it("takes 1.5h for a duration and then refuses it", () => {
    expect(read("1.5h")).toBe('1:1: parse error: unknown unit "." in duration "1.5h"');
  });
});
