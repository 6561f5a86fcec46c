// Large results: refused before they are in memory, whole where they fit.
import { labelsFromSorted, type Queryable, type SampleColumns, type SeriesSource } from "@narthex/model";
import { expect, test } from "vitest";
import { Engine } from "../engine.js";
import { SampleLimitError } from "../error.js";

const seriesCount = 2000;
const steps = 1000;
const points = seriesCount * steps;

let arrayBytesMax = 0;

function source(number: number): SeriesSource {
  return {
    labels: labelsFromSorted(["__name__", "m", "number", String(number).padStart(5, "0")]),
    read: (columns: SampleColumns) => {
      arrayBytesMax = Math.max(arrayBytesMax, process.memoryUsage().arrayBuffers);
      columns.clear();
      for (let i = 0; i < steps; i++) columns.pushFloat(i * 1000, number);
    },
  };
}

const queryable: Queryable = {
  querier: () => ({
    select: () => Array.from({ length: seriesCount }, (_, number) => source(number)),
    labelNames: () => [],
    labelValues: () => [],
    close: () => undefined,
  }),
};

const request = { expression: "m", queryable, start: 0, end: (steps - 1) * 1000, step: 1000 };

test("a result above the budget takes a part of its memory until it is refused", () => {
  const before = process.memoryUsage().arrayBuffers;
  arrayBytesMax = 0;
  expect(() => new Engine({ samplesMax: points - 1 }).range(request)).toThrow(SampleLimitError);
  // 16 MB of values if all were kept.
  expect(arrayBytesMax - before).toBeLessThan(6e6);
});

test("a large result within the budget is whole, and what it read counts once", () => {
  const { value, stats } = new Engine({ samplesMax: points + steps }).range(request);
  expect(value.type === "matrix" && value.series.map(({ count }) => count)).toEqual(Array(seriesCount).fill(steps));
  expect(stats.samplesRead).toBe(points);
  expect(stats.seriesRead).toBe(seriesCount);
});
