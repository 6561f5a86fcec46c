import { labelsFrom } from "@narthex/model";
import { expect, test } from "vitest";
import { keepSeries } from "./keep-series.js";
import { encoded, encodeSeries, type SeriesRecord } from "./records.js";

const series: SeriesRecord[] = [1, 2, 300, 70_000, 5_000_000_000].map((ref) => {
  return { ref, labels: labelsFrom({ __name__: "metric", instance: `host-${ref}`, long: "x".repeat(ref % 200) }) };
});

function recordOf(some: readonly SeriesRecord[]): Uint8Array | undefined {
  return some.length === 0 ? undefined : encoded((writer) => encodeSeries(writer, some));
}

test("a series record is left with the series that are wanted, whichever they are", () => {
  for (let choice = 0; choice < 1 << series.length; choice++) {
    const wanted = series.filter((_, i) => (choice >>> i) & 1);
    const refs = new Set(wanted.map(({ ref }) => ref));
    expect(keepSeries(recordOf(series) as Uint8Array, (ref) => refs.has(ref))).toEqual(recordOf(wanted));
  }
});

test("a record that ends within a series is refused", () => {
  const record = recordOf(series) as Uint8Array;
  expect(() => keepSeries(record.subarray(0, record.length - 1), () => true)).toThrow("unexpected end of data");
});
