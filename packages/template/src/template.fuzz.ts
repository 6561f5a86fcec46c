// Random and broken templates, as text and as HTML: they render or they fail with a TemplateError, never otherwise.
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { TemplateError } from "./errors.js";
import { execute, parseTemplate } from "./template.js";
import { type GeneratorWords, generateTemplate } from "./testdata/generator.js";
import { sampleData, sampleFunctions } from "./testdata/sample.js";

const words: GeneratorWords = {
  operands: [
    ".Str",
    ".Int",
    ".Float",
    ".Map",
    ".List",
    ".Any.l",
    ".Nil",
    ".Time",
    ".Dur",
    ".Safe",
    ".Html",
    ".Nope",
    ".",
  ],
  functions: ["toUpper", "print", "len", "not", "html", "safeHtml", "anyf", "js", "index", "toJson", "fail"],
  collections: [".List", ".Map", ".Any", ".Ints", ".Int", ".Empty", ".Pairs", ".Str"],
};

const shards = [
  "{{",
  "}}",
  "-",
  '"',
  "'",
  "`",
  "(",
  ")",
  "|",
  ".",
  "$",
  " ",
  "end",
  "if",
  "<script>",
  "<a href=",
  "/*",
  "é",
  "😀",
  "\\",
];

/** Cuts a piece out or puts a shard in, a few times. */
function damage(random: Random, text: string): string {
  let damaged = text;
  for (let i = 0; i < 3; i++) {
    const at = Math.floor(random() * damaged.length);
    const length = Math.floor(random() * 4);
    const shard = random() < 0.5 ? (shards[Math.floor(random() * shards.length)] as string) : "";
    damaged = damaged.slice(0, at) + shard + damaged.slice(at + length);
  }
  return damaged;
}

function tryRender(text: string, html: boolean): string | TemplateError {
  try {
    return execute(parseTemplate("t", text, { functions: sampleFunctions, html }), sampleData);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw new Error(`template ${JSON.stringify(text)}`, { cause: error });
  }
}

const stepCount = Number(process.env["FUZZ_STEPS"] ?? 3000);
const seed = Number(process.env["FUZZ_SEED"] ?? 42);

it(`random templates render or fail in order, seed ${seed}`, () => {
  const random = randomFrom(seed);
  let rendered = 0;
  for (let i = 0; i < stepCount; i++) {
    const whole = generateTemplate(random, words);
    const text = random() < 0.5 ? whole : damage(random, whole);
    const html = random() < 0.5;
    const result = tryRender(text, html);
    if (typeof result === "string") rendered++;
    expect(tryRender(text, html)).toEqual(result);
  }
  expect(rendered).toBeGreaterThan(stepCount / 20);
});
