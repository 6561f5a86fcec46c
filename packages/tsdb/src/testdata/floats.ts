// Random float series, as one target might have them and as none has.
import { SampleColumns, setStaleAt } from "@narthex/model";
import type { Random } from "@narthex/stdx";

const values: ((random: Random, last: number) => number)[] = [
  (_, last) => last,
  (_, last) => last + 1,
  (random) => random() * 1e9,
  (random) => -random(),
  () => 0,
  () => Number.POSITIVE_INFINITY,
  () => Number.NaN,
  () => 5e-324,
  (random) => Math.round(random() * 100),
];
const deltas: ((random: Random) => number)[] = [
  () => 15_000,
  () => 15_000,
  (random) => 1 + Math.floor(random() * 10),
  (random) => 15_000 + Math.floor(random() * 8192),
  (random) => 1 + Math.floor(random() * 70_000),
  (random) => 1 + Math.floor(random() * 600_000),
  (random) => 1 + Math.floor(random() * 1e13),
];
const pick = <T>(random: Random, choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;

/** Up to 240 samples: values and times that compress well and badly, and stale markers. */
export function randomSeries(random: Random): SampleColumns {
  const columns = new SampleColumns();
  const length = 1 + Math.floor(random() * 240);
  let t = Math.floor((random() - 0.3) * 1e13);
  let v = 0;
  const calm = random() < 0.5;
  for (let i = 0; i < length; i++) {
    t += calm ? 15_000 : pick(random, deltas)(random);
    v = pick(random, values)(random, v);
    columns.pushFloat(t, v);
    if (random() < 0.05) setStaleAt(columns.words, i);
  }
  return columns;
}

