// Random bodies of one target, scraped one after the other, against a model that keeps a list of samples for each series: what is
// stored and what becomes stale, whatever the bodies before were.
// A longer run: FUZZ_ROUNDS=2000 npx vitest run apps/server/src/scrape/series.fuzz.ts
import { labelsFrom, printLabels } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { simulateScrape } from "./testing/sim-scrape.js";

const seed = Number(process.env["SEED"] ?? 17);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 3);
const scrapes = 40;

const below = (random: Random, n: number): number => Math.floor(random() * n);
const oneOf = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]!;

type Line = { readonly labels: Readonly<Record<string, string>>; readonly text: string };
type Family = {
  readonly name: string;
  readonly type: string;
  readonly isTimed: boolean;
  readonly lines: readonly Line[];
};
type Body = { readonly families: readonly Family[]; readonly fault: string };

const types = ["", "gauge", "counter", "untyped"];
const faults = ["m{ 1\n", 'm{a="1",a="2"} 1\n', "m 1x\n"];

/** Lines of one family; some spell one series in two ways. */
function familyOf(random: Random, name: string): Family {
  const lines = Array.from({ length: below(random, 5) }, (): Line => {
    const [a, b] = [String(below(random, 3)), String(below(random, 2))];
    const text = oneOf(random, [`${name}{a="${a}",b="${b}"}`, `${name}{b="${b}",a="${a}"}`, name]);
    return { labels: text === name ? {} : { a, b }, text };
  });
  return { name, type: oneOf(random, types), isTimed: random() < 0.2, lines };
}

/** Mostly as the body before. */
function bodyAfter(before: Body, random: Random): Body {
  const families = before.families.map((family) => {
    if (random() < 0.7) return family;
    if (random() < 0.3) return { ...family, type: oneOf(random, types) };
    return familyOf(random, family.name);
  });
  if (random() < 0.1) families.reverse();
  return { families, fault: random() < 0.15 ? oneOf(random, faults) : "" };
}

/** A value for each line: all samples of a scrape. `t`: of families that tell a time. */
function textOf({ families, fault }: Body, { value, t }: { readonly value: number; readonly t: number }): string {
  const texts = families.map(({ name, type, isTimed, lines }) => {
    const told = type === "" || lines.length === 0 ? "" : `# TYPE ${name} ${type}\n`;
    return told + lines.map(({ text }, i) => `${text} ${value + i}${isTimed ? ` ${t}` : ""}\n`).join("");
  });
  return texts.join("") + fault;
}

type Way = {
  /** Fields of the job. */
  readonly job: string;
  readonly addsTypeAndUnit: boolean;
  readonly linesMax: number;
  readonly droppedLabel: string;
};

/** What ought to be stored: samples by series, and which series are live. */
class Model {
  readonly samples = new Map<string, string[]>();
  #live = new Set<string>();
  readonly #way: Way;

  constructor(way: Way) {
    this.#way = way;
  }

  scrape(body: Body | undefined, { value, n }: { readonly value: number; readonly n: number }): void {
    const lineCount = body?.families.reduce((sum, { lines }) => sum + lines.length, 0) ?? 0;
    const isGood = body !== undefined && body.fault === "" && lineCount <= this.#way.linesMax;
    const seen = new Set<string>();
    const live = new Set<string>();
    for (const family of isGood ? body.families : []) {
      for (const [i, line] of family.lines.entries()) {
        const key = this.#keyOf(family, line);
        if (!seen.has(key)) this.#push(key, `${value + i}@${n}`);
        seen.add(key);
        // Who tells times tells the end, too.
        if (!family.isTimed) live.add(key);
      }
    }
    for (const key of this.#live) if (!seen.has(key)) this.#push(key, `x@${n}`);
    this.#live = live;
  }

  #keyOf({ name, type }: Family, { labels }: Line): string {
    const told = this.#way.addsTypeAndUnit && type !== "untyped" ? { __type__: type } : {};
    const dropped = { [this.#way.droppedLabel]: "" };
    return printLabels(labelsFrom({ __name__: name, ...labels, ...told, ...dropped, instance: "a:1", job: "j" }));
  }

  lines(): string[] {
    return [...this.samples].map(([key, samples]) => `${key} ${samples.join(" ")}`).sort();
  }

  #push(key: string, sample: string): void {
    this.samples.set(key, [...(this.samples.get(key) ?? []), sample]);
  }
}

const plain: Way = { job: "", addsTypeAndUnit: false, linesMax: Number.POSITIVE_INFINITY, droppedLabel: "" };
const ways: readonly [name: string, Way][] = [
  ["a plain job", plain],
  ["type and unit in labels", { ...plain, addsTypeAndUnit: true }],
  [
    "a label dropped, which makes one series of many lines",
    { ...plain, job: ", metric_relabel_configs: [{ action: labeldrop, regex: b }]", droppedLabel: "b" },
  ],
  ["a limit of samples", { ...plain, job: ", sample_limit: 9", addsTypeAndUnit: true, linesMax: 9 }],
];

test.each(ways)(`random bodies leave what they ought to: %s (seed ${seed})`, async (_, way) => {
  const random = randomFrom(seed);
  for (let round = 0; round < rounds; round++) {
    const sim = await simulateScrape({ addsTypeAndUnit: way.addsTypeAndUnit });
    const model = new Model(way);
    let body: Body = { families: Array.from({ length: 4 }, (_, i) => familyOf(random, `m_${i}`)), fault: "" };
    let value = 0;
    let isAnswered = true;
    sim.answer = () => (isAnswered ? textOf(body, { value, t: sim.clock.now() }) : 503);
    sim.apply(way.job, "a:1");
    for (let n = 0; n < scrapes; n++) {
      isAnswered = random() < 0.9;
      value = below(random, 100);
      await sim.clock.advance(10_000);
      model.scrape(isAnswered ? body : undefined, { value, n });
      body = bodyAfter(body, random);
    }
    expect(sim.stored("m_.*").sort(), `round ${round}`).toEqual(model.lines());
  }
});
