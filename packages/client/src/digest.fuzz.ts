// The digest against sorted arrays: the rank of every answer lies close to the one asked for.
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { Digest } from "./digest.js";

const seed = Number(process.env["SEED"] ?? 4);

const shapes: Readonly<Record<string, (random: Random) => number>> = {
  uniform: (random) => random(),
  exponential: (random) => -Math.log(1 - random()),
  steps: (random) => Math.floor(random() * 5),
  "heavy tail": (random) => (1 - random()) ** -2,
};

it.each(Object.entries(shapes))(`%s: ranks are right within 1 % (seed ${seed})`, (_, shape) => {
  const random = randomFrom(seed);
  const digest = new Digest();
  const values = Array.from({ length: 20_000 }, () => shape(random));
  for (const value of values) digest.push(value);
  values.sort((a, b) => a - b);
  for (const rank of [0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
    const low = values[Math.max(0, Math.floor((rank - 0.01) * values.length))]!;
    const high = values[Math.min(values.length - 1, Math.ceil((rank + 0.01) * values.length))]!;
    const answer = digest.quantile(rank);
    expect(answer, String(rank)).toBeGreaterThanOrEqual(low);
    expect(answer, String(rank)).toBeLessThanOrEqual(high);
  }
  expect([digest.quantile(0), digest.quantile(1)]).toEqual([values[0], values.at(-1)]);
});
