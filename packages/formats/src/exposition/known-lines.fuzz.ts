// Bodies read with a cache, so by the kernel where lines came before, against the same bodies read by the full parser alone.
import { encodeUtf8, type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import type { ExpositionFormat } from "./format.js";
import { KnownLines } from "./known-lines.js";
import { ParseError } from "./parse-error.js";
import { parseExposition, scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";

const seed = Number(process.env["SEED"] ?? 5);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 300);

const below = (random: Random, n: number): number => Math.floor(random() * n);
const oneOf = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]!;

const decimals: readonly ((random: Random) => string)[] = [
  (random) => String(below(random, 1000)),
  (random) => String(random() * 10 ** below(random, 12)),
  (random) => String(-random() / 10 ** below(random, 12)),
  (random) => `${below(random, 1e9)}${below(random, 1e9)}.${below(random, 1e6)}`,
  (random) => `${random().toFixed(3)}e${oneOf(random, ["+", "-", ""])}${below(random, 400)}`,
  (random) => String(2n ** 53n + BigInt(below(random, 2 ** 32)) * 2n + 1n),
  (random) =>
    oneOf(random, ["NaN", "+Inf", "-Inf", "-0", "007", "1.", ".5", "+1", "1E3", "0x10", "1_0", "-", ".", "1e"]),
];

type Line = { readonly key: string; readonly isComment: boolean };

function anyLine(random: Random, isOpenMetrics: boolean): Line {
  const n = below(random, 500);
  if (random() < 0.1) {
    const more = isOpenMetrics ? [] : ["# plain", "#", "# Eh", ""];
    return { key: oneOf(random, [`# HELP m_${n} Some text.`, `# TYPE m_${n} gauge`, ...more]), isComment: true };
  }
  const long = `long_${"x".repeat(below(random, 60))}{a="${"y".repeat(below(random, 300))}",n="${n}"}`;
  return { key: oneOf(random, [`m_${n}`, `m{n="${n}"}`, `{"u.${n}",e="é{} "}`, long]), isComment: false };
}

// What follows the number: mostly nothing.
function tailOf(random: Random, isOpenMetrics: boolean): string {
  if (random() < 0.98) return "";
  return oneOf(random, isOpenMetrics ? [" 1.5", ' # {a="b"} 1', " "] : [" 1500", "  ", "\t", "\r", " x"]);
}

function mutated(lines: readonly Line[], random: Random, isOpenMetrics: boolean): Line[] {
  const next = [...lines];
  for (let n = below(random, 4); n > 0; n--) {
    next.splice(below(random, next.length + 1), below(random, 2), anyLine(random, isOpenMetrics));
  }
  if (random() < 0.1) next.push(...next.slice(0, 20));
  if (random() < 0.1) next.splice(below(random, next.length), below(random, 300));
  return next;
}

function bodyOf(lines: readonly Line[], random: Random, isOpenMetrics: boolean): Uint8Array {
  const isOdd = random() < 0.5;
  const texts = lines.map(({ key, isComment }) => {
    if (isComment) return `${key}\n`;
    const decimal = isOdd && random() < 0.02 ? oneOf(random, decimals) : decimals[below(random, 3)]!;
    return `${key} ${decimal(random)}${isOdd ? tailOf(random, isOpenMetrics) : ""}\n`;
  });
  if (isOpenMetrics) texts.push("# EOF\n");
  const text = texts.join("");
  return encodeUtf8(random() < 0.05 ? text.slice(0, below(random, text.length)) : text);
}

/** All that was read, or how it failed. */
function outcome(into: ExpositionColumns, read: () => void): unknown {
  let failure: unknown;
  try {
    read();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    failure = [error.message, error.line, error.column];
  }
  const { count, metadata } = into;
  const columns = [into.keyStart, into.keyEnd, into.t, into.v].map((column) => [...column.subarray(0, count)]);
  const { kinds, rows, lineStart, nameStart, nameEnd, textStart, textEnd } = metadata;
  const lines = [kinds, rows, lineStart, nameStart, nameEnd, textStart, textEnd];
  return [failure, into.hasTimestamps, columns, into.exemplars, lines.map((c) => [...c.subarray(0, metadata.count)])];
}

it.each(["PrometheusText0.0.4", "OpenMetricsText1.0.0"] as readonly ExpositionFormat[])(
  `%s reads alike with the kernel and without (seed ${seed})`,
  (format) => {
    const isOpenMetrics = format === "OpenMetricsText1.0.0";
    const random = randomFrom(seed);
    const into = new ExpositionColumns();
    const plain = new ExpositionColumns();
    // The second finds keys in the kernel's memory that the first left there.
    const caches = [new SeriesCache(into.lineLayouts), new SeriesCache(into.lineLayouts)];
    let lines: Line[] = Array.from({ length: 1500 }, () => anyLine(random, isOpenMetrics));
    let good = 0;
    for (let round = 0; round < rounds; round++) {
      const body = bodyOf(lines, random, isOpenMetrics);
      const parsed = outcome(plain, () => parseExposition(body, format, plain)) as unknown[];
      for (const cache of caches) {
        const scanned = outcome(into, () => scanExposition(body, format, { into, cache }));
        expect(scanned, `round ${round}`).toEqual(parsed);
      }
      if (parsed[0] === undefined) good++;
      lines = mutated(lines, random, isOpenMetrics);
      if (lines.length > 3000) lines.length = 1500;
    }
    expect(good).toBeGreaterThan(rounds / 3);
  },
);

it("reads bodies that are larger than the kernel's memory", () => {
  const into = new ExpositionColumns();
  const plain = new ExpositionColumns();
  const cache = new SeriesCache();
  for (let round = 0; round < 3; round++) {
    const lines = Array.from({ length: 12_000 }, (_, n) => `m{a="${"z".repeat(n % 90)}",n="${n}"} ${n * round}.5`);
    lines[6000] = `m{a="${"w".repeat(10_000)}"} ${round}`;
    lines[9000] = `m{a="${"w".repeat(600_000)}"} ${round}`;
    const body = encodeUtf8(`${lines.join("\n")}\n`);
    const scanned = outcome(into, () => scanExposition(body, "PrometheusText0.0.4", { into, cache }));
    expect(scanned).toEqual(outcome(plain, () => parseExposition(body, "PrometheusText0.0.4", plain)));
    expect(into.newRows.length).toBe(round === 0 ? 12_000 : 0);
  }
});

it("has a kernel here", () => {
  expect(KnownLines.start()).toBeDefined();
});
