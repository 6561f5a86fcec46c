// Every kernel against the function of the same name, window by window, over random series.
import { emptyLabels, SampleColumns, wordsOf } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { nearlyEqual } from "../../histogram/nearly-equal.js";
import type { RangeCallPlan } from "../../plan/node.js";
import { Annotations } from "../annotations.js";
import { Column, isFloat } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { SeriesKernel } from "../series-kernel.js";
import { Window } from "../window.js";
import { columnKernels } from "./column-kernel.js";
import { compiledKernels } from "./compiled-kernel.js";
import type { KernelInput } from "./kernel/kernel.js";
import { rangeFunctions } from "./table.js";

const steps = 40;

/** Of any distances, or all `interval` apart. */
function randomSamples(random: Random, interval: number | undefined): SampleColumns {
  const columns = new SampleColumns();
  let t = Math.floor(random() * 50_000);
  let counter = 0;
  const kind = Math.floor(random() * 4);
  for (let i = Math.floor(random() * 120); i > 0; i--) {
    t += interval ?? (random() < 0.1 ? 200_000 : 1 + Math.floor(random() * 30_000));
    counter = random() < 0.1 ? 0 : counter + random() * 10;
    const special = [NaN, Infinity, -Infinity, 1e300, -1e300, 0, -0][Math.floor(random() * 7)] as number;
    if (random() < 0.05) columns.pushStale(t);
    else columns.pushFloat(t, kind === 0 ? counter : kind === 1 && random() < 0.2 ? special : (random() - 0.5) * 100);
  }
  return columns;
}

function slowly(window: Window, name: string, of: { first: number; step: number; parameters: Float64Array[] }): void {
  const plan = { fn: name, matrix: { range: { start: 0, end: 0 } }, parameters: [] } as unknown as RangeCallPlan;
  const grid = { start: of.first, step: of.step, count: steps };
  const evaluation = { annotations: new Annotations(""), useStartTimestamps: false, grid } as unknown as Evaluation;
  for (let i = 0; i < steps; i++) {
    window.i = i;
    window.moveTo(of.first + i * of.step);
    rangeFunctions[name]?.(window, { plan, evaluation, parameters: of.parameters });
  }
}

const kernel = SeriesKernel.start() as SeriesKernel;

/** As the plain function, in the kernel's memory and with its functions. */
function runCompiled(name: string, input: KernelInput): { isDone: boolean | undefined; column: Column } {
  kernel.restart();
  const samples = kernel.samples();
  const { count } = input;
  samples.t.set(input.t.subarray(0, count));
  samples.words.set(wordsOf(input.v).subarray(0, 2 * count));
  const column = kernel.column(steps);
  const own = { ...input, t: samples.t, v: samples.v, kernel };
  expect(kernel.request(own, column)).toBe(true);
  const compiled = compiledKernels[name];
  const isDone = compiled ? compiled(kernel.functions, input.windowMs) : columnKernels[name]?.(own, column);
  return { isDone, column };
}

/** The compiled functions do to the bit what plain code does. */
function expectSame(column: Column, plain: Column, name: string): void {
  expect([...column.present], name).toEqual([...plain.present]);
  for (let i = 0; i < steps; i++) {
    if (plain.present[i] === isFloat) expect(column.v[i], `${name} step ${i}`).toBe(plain.v[i]);
  }
}

describe.each([...new Set(Object.keys(columnKernels).concat(Object.keys(compiledKernels)))])("%s", (name) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])("gives the same in one pass, seed %i", (seed) => {
    const random = randomFrom(seed * 7919);
    for (let round = 0; round < 20; round++) {
      const windowMs = 1 + Math.floor(random() * 400_000);
      const interval = random() < 0.5 ? undefined : 1 + Math.floor(random() * 30_000);
      const window = new Window(windowMs, steps);
      window.samples.takeColumns(emptyLabels, randomSamples(random, interval));
      // Steps of whole intervals, and of none.
      const step = interval ? interval * Math.floor(random() * 5) : Math.floor(random() * 60_000);
      const look = { first: Math.floor(random() * 100_000), step };
      const parameters = [new Float64Array(steps).fill(random())];
      const { floatCount: count, floatTimes: t, floats: v } = window.samples;
      const fast = new Column(emptyLabels, steps);
      // A stale marker leaves a gap.
      const isRegular = t.subarray(1, count).every((time, i) => time - (t[i] as number) === interval);
      const mayFall = random() < 0.5 || v.subarray(1, count).some((value, i) => value < (v[i] as number));
      const rows = new Int32Array(count).fill(-1);
      const input = {
        t,
        v,
        count,
        windowMs,
        ...look,
        parameters,
        isRegular,
        mayFall,
        rows,
        grid: { start: look.first, step, count: steps },
      };
      const plain = columnKernels[name];
      const isDone = plain?.(input, fast) ?? true;
      const compiled = runCompiled(name, input);
      expect(compiled.isDone, `${name} seed ${seed}`).toBe(isDone);
      if (!isDone) continue;
      slowly(window, name, { ...look, parameters });
      expectSame(compiled.column, plain ? fast : window.column, name);
      if (!plain) continue;
      for (let i = 0; i < steps; i++) {
        expect(fast.present[i]).toBe(window.column.present[i]);
        if (fast.present[i] !== isFloat) continue;
        const [a, b] = [fast.v[i] as number, window.column.v[i] as number];
        const isSame = Object.is(a, b) || a === b || nearlyEqual(a, b, 1e-9) || Math.abs(a - b) < 1e-9;
        expect(isSame, `${name} step ${i}: ${a} and ${b}`).toBe(true);
      }
    }
  });
});
