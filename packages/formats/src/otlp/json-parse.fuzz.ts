// Documents of any shape, whole and spoilt, in steps of any size, come out as JSON.parse has them or are refused as it refuses them.
// A longer run: STEPS=20000 npx vitest run packages/formats/src/otlp/json-parse.fuzz.ts
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { parseJsonSteps } from "./json-parse.js";
import { lastOf } from "./steps.js";

const seed = Number(process.env["SEED"] ?? 7);
const steps = Number(process.env["STEPS"] ?? 1000);

const below = (random: Random, bound: number): number => Math.floor(random() * bound);

const texts = ["", "a", "b", '"', "\\", '\\"', "[{,}]", "\u{1f525}", "__proto__", "\u{feff}", "x".repeat(40)];

function randomValue(random: Random, depth: number): unknown {
  const kind = depth > 4 ? below(random, 4) : below(random, 9);
  if (kind === 0) return random() < 0.5;
  if (kind === 1) return null;
  if (kind === 2) return Math.round(random() * 1e6) / 100 - 5000;
  if (kind === 3) return texts[below(random, texts.length)];
  const count = random() < 0.2 ? below(random, 40) : below(random, 5);
  const values = Array.from({ length: count }, () => randomValue(random, depth + 1));
  if (kind < 7) return values;
  return Object.fromEntries(values.map((value) => [`${texts[below(random, texts.length)]}${below(random, 3)}`, value]));
}

const spoilers = ["[", "]", "{", "}", ",", ":", '"', "\\", " ", "-", "1", "null", "\u{feff}", "\n"];

/** With some characters put in, taken out or cut off. */
function spoilt(random: Random, text: string): string {
  let result = random() < 0.2 ? text.slice(0, below(random, text.length)) : text;
  for (let i = below(random, 3); i >= 0; i--) {
    const at = below(random, result.length + 1);
    const removed = random() < 0.5 ? 1 : 0;
    const put = random() < 0.7 ? (spoilers[below(random, spoilers.length)] as string) : "";
    result = result.slice(0, at) + put + result.slice(at + removed);
  }
  return result;
}

/** Bytes as whoever decodes UTF-8 reads them: a mark at the beginning is none of the text. */
function outcomeOf(parse: () => unknown): unknown {
  try {
    return { value: parse() };
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return "refused";
  }
}

it(`any document is what JSON.parse makes of it (seed ${seed})`, () => {
  const random = randomFrom(seed);
  let refused = 0;
  for (let step = 0; step < steps; step++) {
    const whole = JSON.stringify(randomValue(random, 0), undefined, below(random, 3));
    const text = random() < 0.5 ? whole : spoilt(random, whole);
    const body = Buffer.from(text);
    const pieceBytesMax = 1 + below(random, 200);
    const wanted = outcomeOf(() => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
    const found = outcomeOf(() => lastOf(parseJsonSteps(body, { pieceBytesMax })));
    expect(found, text).toEqual(wanted);
    expect(JSON.stringify(found)).toBe(JSON.stringify(wanted));
    if (found === "refused") refused++;
  }
  expect(refused).toBeGreaterThan(steps / 10);
});

it("bytes that are no UTF-8 are refused", () => {
  const body = Buffer.from(`["${"a".repeat(50)}","\xff"]`, "latin1");
  for (const pieceBytesMax of [1, 1000])
    expect(() => lastOf(parseJsonSteps(body, { pieceBytesMax }))).toThrow(TypeError);
});

it("no step parses more than a piece", () => {
  const body = Buffer.from(JSON.stringify(Array.from({ length: 10_000 }, (_, i) => ({ i, list: [i, { text: "x" }] }))));
  expect([...parseJsonSteps(body, { pieceBytesMax: 1000 })].length).toBeGreaterThan(body.length / 1100);
});
