// Random bodies of one target, scraped one after the other, against a model that keeps a list of samples for each series: what is
// stored and what becomes stale, whatever the bodies before were.
// A longer run: FUZZ_ROUNDS=2000 npx vitest run apps/server/src/scrape/series.fuzz.ts
import { labelsFrom, printLabels } from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { type Answer, simulateScrape } from "./testing/sim-scrape.js";

const seed = Number(process.env["SEED"] ?? 17);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 4);
const scrapes = 40;

const below = (random: Random, n: number): number => Math.floor(random() * n);
const oneOf = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]!;

type Line = { readonly labels: Readonly<Record<string, string>>; readonly text: string };
type Family = { readonly name: string; readonly type: string; readonly lines: readonly Line[] };
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
  return { name, type: oneOf(random, types), lines };
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

/** A value for each line: all samples of a scrape. */
function textOf({ families, fault }: Body, value: number): string {
  const texts = families.map(({ name, type, lines }) => {
    const told = type === "" || lines.length === 0 ? "" : `# TYPE ${name} ${type}\n`;
    return told + lines.map(({ text }, i) => `${text} ${value + i}\n`).join("");
  });
  return texts.join("") + fault;
}

/** What ought to be stored: samples by series, and which series are live. */
class Model {
  readonly samples = new Map<string, string[]>();
  #live = new Set<string>();
  readonly #addsType: boolean;

  constructor(addsType: boolean) {
    this.#addsType = addsType;
  }

  scrape(body: Body | undefined, { value, n }: { readonly value: number; readonly n: number }): void {
    const seen = new Set<string>();
    for (const { name, type, lines } of body === undefined || body.fault !== "" ? [] : body.families) {
      for (const [i, { labels }] of lines.entries()) {
        const told = this.#addsType && type !== "untyped" ? { __type__: type } : {};
        const key = printLabels(labelsFrom({ __name__: name, ...labels, ...told, instance: "a:1", job: "j" }));
        if (!seen.has(key)) this.#push(key, `${value + i}@${n}`);
        seen.add(key);
      }
    }
    for (const key of this.#live) if (!seen.has(key)) this.#push(key, `x@${n}`);
    this.#live = seen;
  }

  lines(): string[] {
    return [...this.samples].map(([key, samples]) => `${key} ${samples.join(" ")}`).sort();
  }

  #push(key: string, sample: string): void {
    this.samples.set(key, [...(this.samples.get(key) ?? []), sample]);
  }
}

test.each([true, false])(
  `random bodies leave what they ought to (with type and unit: %s, seed ${seed})`,
  async (addsTypeAndUnit) => {
    const random = randomFrom(seed);
    for (let round = 0; round < rounds; round++) {
      const sim = await simulateScrape({ addsTypeAndUnit });
      const model = new Model(addsTypeAndUnit);
      let body: Body = { families: Array.from({ length: 4 }, (_, i) => familyOf(random, `m_${i}`)), fault: "" };
      let answer: Answer = "";
      sim.answer = () => answer;
      sim.apply("", "a:1");
      for (let n = 0; n < scrapes; n++) {
        const isAnswered = random() < 0.9;
        const value = below(random, 100);
        answer = isAnswered ? textOf(body, value) : 503;
        await sim.clock.advance(10_000);
        model.scrape(isAnswered ? body : undefined, { value, n });
        body = bodyAfter(body, random);
      }
      expect(sim.stored("m_.*").sort(), `round ${round}`).toEqual(model.lines());
    }
  },
);
