import { describe, expect, it } from "vitest";
import { jaroWinklerScore, subsequenceScore } from "./fuzzy.js";

const order = (score: typeof subsequenceScore, term: string, names: readonly string[]): string[] =>
  names.filter((name) => score(term, name) > 0).sort((a, b) => score(term, b) - score(term, a));

describe("the score of a subsequence", () => {
  it("prefers the same, then a beginning, then a part, then what is scattered", () => {
    const names = ["up", "upper", "group", "u_total_p", "none"];
    expect(order(subsequenceScore, "up", names)).toEqual(["up", "upper", "group", "u_total_p"]);
  });

  it("is 0 where a character lacks or stands before another, and 1 for the same", () => {
    expect(subsequenceScore("http_x", "http_requests")).toBe(0);
    expect(subsequenceScore("ba", "ab")).toBe(0);
    expect(subsequenceScore("a", "a")).toBe(1);
  });
});

describe("Jaro and Winkler's score", () => {
  // From Winkler's own tables.
  it.each([
    ["MARTHA", "MARHTA", 0.961],
    ["DWAYNE", "DUANE", 0.84],
    ["DIXON", "DICKSONX", 0.813],
    ["abc", "xyz", 0],
    ["same", "same", 1],
  ])("%s and %s", (a, b, expected) => {
    expect(jaroWinklerScore(a, b)).toBeCloseTo(expected, 3);
  });
});
