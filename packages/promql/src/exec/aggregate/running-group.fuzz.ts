// Groups in the kernel's memory against groups elsewhere, over random columns: the same to the bit.
import { emptyLabels } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import type { AggregationPlan } from "../../plan/node.js";
import { Column } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { SeriesKernel } from "../series-kernel.js";
import { AverageGroup } from "./average.js";
import { CountGroup } from "./count.js";
import { ExtremeGroup } from "./extreme.js";
import type { GroupContext, RunningGroup } from "./group.js";
import { SumGroup } from "./sum.js";

const kernel = SeriesKernel.start() as SeriesKernel;
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 200);
const specials = [NaN, Infinity, -Infinity, 1e308, -1e308, 0, -0];

const groups: Readonly<Record<string, (context: GroupContext) => RunningGroup>> = {
  sum: (context) => new SumGroup(context),
  avg: (context) => new AverageGroup(context),
  count: (context) => new CountGroup(context, "count"),
  min: (context) => new ExtremeGroup(context, "min"),
  max: (context) => new ExtremeGroup(context, "max"),
};

it.each(Object.keys(groups))(`%s is the same with the kernel and without (seeds 1–${rounds})`, (name) => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomFrom(seed);
    const steps = 1 + Math.floor(random() * 20);
    const contextOf = (own: SeriesKernel | undefined): GroupContext => ({
      plan: {} as AggregationPlan,
      evaluation: { kernel: own, grid: { start: 0, step: 1, count: steps } } as Evaluation,
      labels: emptyLabels,
    });
    kernel.restart();
    const make = groups[name] as (context: GroupContext) => RunningGroup;
    const [compiled, plain] = [make(contextOf(kernel)), make(contextOf(undefined))];
    const inMemory = kernel.column(steps);
    const gaps = random() < 0.5 ? 0.3 : 0;
    const oddity = random() < 0.3 ? 0.1 : 0;
    for (let series = Math.floor(random() * 6); series >= 0; series--) {
      const column = new Column(emptyLabels, steps);
      for (let i = 0; i < steps; i++) {
        const special = specials[Math.floor(random() * specials.length)] as number;
        if (random() >= gaps)
          column.setFloat(i, random() < oddity ? special : (random() - 0.5) * 10 ** (random() * 20));
      }
      inMemory.restart(emptyLabels);
      for (let i = 0; i < steps; i++) inMemory.copyPoint(i, column);
      // Some come from operators, and are elsewhere.
      compiled.add(random() < 0.2 ? column : inMemory);
      plain.add(column);
    }
    const [a, b] = [compiled.column(), plain.column()];
    expect([...a.present], `seed ${seed}`).toEqual([...b.present]);
    const valuesOf = ({ v, present }: Column): number[] => [...v].map((value, i) => (present[i] ? value : 0));
    expect(valuesOf(a), `seed ${seed}`).toEqual(valuesOf(b));
  }
});
