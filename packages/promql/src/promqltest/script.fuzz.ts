// Damaged scripts are read or refused with their line, never anything else.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Random, randomFrom } from "@narthex/stdx";
import { expect, test } from "vitest";
import { ScriptError } from "./line.js";
import { parseScript } from "./script.js";

const steps = Number(process.env["FUZZ_STEPS"] ?? 300);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const ours = fileURLToPath(new URL("../testdata/ours", import.meta.url));
const sources = readdirSync(ours).map((name) => readFileSync(`${ours}/${name}`, "utf8"));
const snippets = [
  "{{",
  "}}",
  "x2",
  "x",
  "_",
  "@st",
  "stale",
  '"',
  "\\",
  "-",
  "1e",
  "expect string a",
  "expect fail regex: (",
  "\n",
  " ",
  "é",
];

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

function damaged(random: Random): string {
  let text = pick(random, sources);
  for (let i = 0; i < 5; i++) {
    const at = Math.floor(random() * text.length);
    const removed = random() < 0.5 ? Math.floor(random() * 4) : 0;
    text = text.slice(0, at) + pick(random, snippets) + text.slice(at + removed);
  }
  return text;
}

test("a damaged script is read or refused", () => {
  for (let i = 0; i < steps; i++) {
    const text = damaged(randomFrom(seed * 1_000_003 + i));
    try {
      parseScript(text);
    } catch (error) {
      expect(error, `FUZZ_SEED=${seed} step ${i}:\n${text}`).toBeInstanceOf(ScriptError);
    }
  }
});
