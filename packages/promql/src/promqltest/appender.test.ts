import { appendOutcome, labelsFrom, setStaleAt, wordsOf } from "@narthex/model";
import { describe, expect, it } from "vitest";
import { Engine } from "../engine.js";
import { emptyHistogram } from "../histogram/accumulator.js";
import { MemoryStorage } from "./storage.js";

type Row = readonly [t: number, v: number | "stale"];

/** Appends to series `m` in one batch and gives the outcomes. */
function append(storage: MemoryStorage, rows: readonly Row[], end: "commit" | "rollback" = "commit"): number[] {
  const appender = storage.appender();
  const ref = appender.series(labelsFrom({ __name__: "m" }));
  const columns = {
    count: rows.length,
    refs: new Uint32Array(rows.length).fill(ref),
    t: Float64Array.from(rows, ([t]) => t),
    v: Float64Array.from(rows, ([, v]) => (v === "stale" ? 0 : v)),
    outcomes: new Uint8Array(rows.length),
  };
  for (const [i, [, v]] of rows.entries()) if (v === "stale") setStaleAt(wordsOf(columns.v), i);
  appender.append(columns);
  appender[end]();
  return [...columns.outcomes];
}

function valueAt(storage: MemoryStorage, time: number): number | undefined {
  const { value } = new Engine().instant({ expression: "m", time, queryable: storage });
  return value.type === "vector" ? value.points[0]?.v : undefined;
}

const { appended, outOfOrder, duplicate } = appendOutcome;

describe("MemoryStorage's appender", () => {
  it("shows a batch at commit and never after a rollback", () => {
    const storage = new MemoryStorage();
    append(storage, [[0, 1]], "rollback");
    expect(valueAt(storage, 0)).toBeUndefined();
    expect(
      append(storage, [
        [0, 2],
        [1000, 3],
      ]),
    ).toEqual([appended, appended]);
    expect(valueAt(storage, 1000)).toBe(3);
  });

  it("says what it refuses", () => {
    const storage = new MemoryStorage();
    append(storage, [[1000, 1]]);
    expect(
      append(storage, [
        [1000, 1],
        [1000, 2],
        [500, 3],
      ]),
    ).toEqual([appended, duplicate, outOfOrder]);
    expect(valueAt(storage, 1000)).toBe(1);
  });

  it("ends series and takes histograms", () => {
    const storage = new MemoryStorage();
    append(storage, [
      [0, 1],
      [1000, "stale"],
    ]);
    expect(valueAt(storage, 1000)).toBeUndefined();
    const appender = storage.appender();
    const ref = appender.series(labelsFrom({ __name__: "m" }));
    expect(appender.appendHistogram(ref, 1000, emptyHistogram)).toBe(duplicate);
    expect(appender.appendHistogram(ref, 2000, emptyHistogram)).toBe(appended);
    appender.commit();
    expect(valueAt(storage, 2000)).toBe(0);
  });
});
