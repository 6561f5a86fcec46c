import { expect, it } from "vitest";
import { benchParser, parserBenchSmall } from "./parser.bench.js";

it("benchmarks the parser, with the same checksum whichever way it goes", () => {
  const results = benchParser(parserBenchSmall);
  expect(new Set(results.map((result) => result.checksum)).size).toBe(1);
});
