// Random label sets, listed in parts, come out as comparing the sets orders them.
// A longer run: FUZZ_ROUNDS=200 npx vitest run packages/tsdb/src/compact/series-list.fuzz.ts
import { compareLabels, type Labels, labelsFrom } from "@narthex/model";
import { compareUtf8, type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type ListedSeries, SeriesList, type SortedSeries } from "./series-list.js";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 10);
const firstSeed = Number(process.env["SEED"] ?? 1);

const below = (random: Random, bound: number): number => Math.floor(random() * bound);

/** UTF-16 orders some of them otherwise than UTF-8 does. */
const texts = ["a", "aa", "b", "z", "\u{ff61}", "\u{1f525}", "host-1", "host-10", "host-2"];

/** Of some, others are the beginning. */
function randomLabels(random: Random): Labels {
  const pairs = Array.from({ length: below(random, 6) }, () => {
    const number = random() < 0.3 ? String(below(random, 1000)) : "";
    return [texts[below(random, texts.length)] as string, (texts[below(random, texts.length)] as string) + number];
  });
  return labelsFrom(Object.fromEntries(pairs));
}

/** Numbers what it sees for the first time. */
class Numbers {
  readonly #known = new Map<string, number>();

  of(key: string, onNew: () => void): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    onNew();
    this.#known.set(key, this.#known.size);
    return this.#known.size - 1;
  }
}

class Lister {
  readonly #pairs = new Numbers();
  readonly #symbols = new Numbers();

  list(series: readonly (readonly [ref: number, labels: Labels])[]): ListedSeries {
    const newPairs: number[] = [];
    const newSymbols: string[] = [];
    const symbolOf = (text: string): number => this.#symbols.of(text, () => newSymbols.push(text));
    const pairOf = (name: string, value: string): number =>
      this.#pairs.of(JSON.stringify([name, value]), () => newPairs.push(symbolOf(name), symbolOf(value)));
    const pairs = series.flatMap(([, labels]) =>
      labels.flatMap((name, i) => (i % 2 === 0 ? [pairOf(name, labels[i + 1] as string)] : [])),
    );
    return {
      refs: Uint32Array.from(series, ([ref]) => ref),
      counts: Uint16Array.from(series, ([, labels]) => labels.length / 2),
      pairs: Uint32Array.from(pairs),
      newPairs: Uint32Array.from(newPairs),
      newSymbols,
    };
  }
}

function labelsAt(sorted: SortedSeries, i: number): string[] {
  const numbers = new Uint32Array(sorted.labelsLength(i) + 2).fill(0xffffffff);
  sorted.copyLabels(i, numbers, 1);
  expect([numbers[0], numbers.at(-1)]).toEqual([0xffffffff, 0xffffffff]);
  return Array.from(numbers.subarray(1, -1), (number) => sorted.symbols[number] as string);
}

for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
  test(`series come in order of labels (seed ${seed})`, () => {
    const random = randomFrom(seed);
    const sets = new Map<string, Labels>();
    for (let i = below(random, 3000); i > 0; i--) {
      const labels = randomLabels(random);
      sets.set(JSON.stringify(labels), labels);
    }
    const series = [...sets.values()].map((labels, i) => [(3 * i + 1) * 1e5, labels] as const);
    const lister = new Lister();
    const list = new SeriesList();
    for (let from = 0; from < series.length; ) {
      const to = from + below(random, 1000);
      list.add(lister.list(series.slice(from, to)));
      from = to;
    }
    const sorted = list.sort();
    const wanted = [...series].sort(([, a], [, b]) => compareLabels(a, b));
    expect([...sorted.refs]).toEqual(wanted.map(([ref]) => ref));
    expect(wanted.map((_, i) => labelsAt(sorted, i))).toEqual(wanted.map(([, labels]) => [...labels]));
    expect(sorted.symbols).toEqual([...new Set(series.flatMap(([, labels]) => [...labels]))].sort(compareUtf8));
  });
}
