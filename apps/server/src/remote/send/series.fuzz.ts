// Series that come, wait, are forgotten and leave their number to others, against a Map of them.
import { type Labels, labelsFrom } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { RemoteSeries, withExternal } from "./series.js";

const seed = Number(process.env["SEED"] ?? 3);
const steps = Number(process.env["STEPS"] ?? 300);

type Known = { readonly labels: Labels; segment: number };

it(`a series is found by its ref, and its labels last as long as a row waits (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const external = labelsFrom({ cluster: "c", job: "other", zone: "z" });
  const series = new RemoteSeries({ externalLabels: external, rules: [] });
  const known = new Map<number, Known>();
  /** Rows that wait: their series, and what its labels must be. */
  const waiting: { readonly at: number; readonly labels: Labels }[] = [];
  let lastRef = 0;
  for (let segment = 0; segment < steps; segment++) {
    const fresh = Array.from({ length: below(60) }, () => ({
      // Some refs are beyond 32 bits.
      ref: ++lastRef + (lastRef % 7 === 0 ? 2 ** 33 : 0),
      labels: labelsFrom({ __name__: `m${below(20)}`, i: String(below(1e6)), ...(below(2) ? { job: "mine" } : {}) }),
    }));
    series.store(fresh, segment);
    for (const { ref, labels } of fresh) known.set(ref, { labels, segment });
    for (const [ref, one] of known) {
      if (below(10) === 0) {
        series.store([{ ref, labels: one.labels }], segment);
        one.segment = segment;
      }
      if (below(20) > 0) continue;
      const at = series.find(ref);
      series.hold(at);
      waiting.push({ at, labels: withExternal(one.labels, external) });
    }
    for (let n = below(80); n > 0 && waiting.length > 0; n--) {
      const [row] = waiting.splice(below(waiting.length), 1);
      expect(series.table.labelsOf(row!.at)).toEqual(row!.labels);
      series.release(row!.at);
    }
    if (below(15) > 0) continue;
    const kept = segment - below(20);
    series.forgetBefore(kept);
    for (const [ref, one] of known) if (one.segment < kept) known.delete(ref);
    expect(series.size).toBe(known.size);
  }
  for (const [ref, { labels }] of known) {
    expect(series.table.labelsOf(series.find(ref))).toEqual(withExternal(labels, external));
  }
  expect(series.find(lastRef + 1)).toBe(-1);
  expect(known.size).toBeGreaterThan(100);
});

it("a label of the series goes before an external one of its name", () => {
  const labels = labelsFrom({ b: "own", d: "own" });
  expect(withExternal(labels, labelsFrom({ a: "1", b: "2", c: "3", e: "5" }))).toEqual(
    labelsFrom({ a: "1", b: "own", c: "3", d: "own", e: "5" }),
  );
});
