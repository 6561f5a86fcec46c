// What a row of an answer costs, by the kernel and without: `npm run bench -- row-kernel`; a small size of it runs in the tests.
import { randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { JsonWriter } from "./json-writer.js";
import { RowKernel } from "./row-kernel.js";

const isReal = process.env["BENCH"] === "1";
const series = isReal ? 2000 : 5;
const points = 120;

function nsPerRow(v: Float64Array, rowKernel: RowKernel | undefined): { ns: number; bytes: number } {
  const t = Float64Array.from({ length: points }, (_, i) => 1_767_225_600_000 + 60_000 * i);
  const writer = new JsonWriter(series * points * 40, { rowKernel });
  let best = Infinity;
  for (let run = 0; run < 6; run++) {
    writer.clear();
    const begin = process.cpuUsage();
    for (let i = 0; i < series; i++) writer.rows({ count: points, t, v: v.subarray(i * points, (i + 1) * points) });
    const { user, system } = process.cpuUsage(begin);
    best = Math.min(best, ((user + system) * 1000) / (series * points));
  }
  return { ns: best, bytes: writer.length };
}

const kinds: Readonly<Record<string, (random: number) => number>> = {
  rates: (random) => random * 20,
  counters: (random) => Math.floor(random * 1e6),
};

test.each(Object.entries(kinds))("rows of %s", (kind, of) => {
  const random = randomFrom(1);
  const v = Float64Array.from({ length: series * points }, () => of(random()));
  const plain = nsPerRow(v, undefined);
  const kernel = nsPerRow(v, RowKernel.start());
  expect(kernel.bytes).toBe(plain.bytes);
  if (!isReal) return;
  console.log(`${kind}: ${plain.ns.toFixed(0)} ns a row without, ${kernel.ns.toFixed(0)} with; ${plain.bytes} bytes`);
});
