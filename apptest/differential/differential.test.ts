// Random queries against Debian's Prometheus 2.42 over the same blocks. QUERIES sets how many (20,000 for the long run), SEED
// where they begin.
import { randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { findProgram } from "../processes.js";
import { startBoth } from "./both.js";
import { type Answer, difference, differenceInCounts, differenceInOrder } from "./compare.js";
import { dataEnd, dataStart } from "./data.js";
import { inPeersWords, knownDifference, samplesPerSample } from "./known.js";
import { type GeneratedQuery, generateQuery } from "./queries.js";
import { isLaterGrammar, spoil } from "./spoilt.js";

const prometheus = findProgram("prometheus");
const queryCount = Number(process.env["QUERIES"] ?? 1000);
const seed = Number(process.env["SEED"] ?? 1);
const shownMax = 20;
const msPerQueryMax = 100;

describe.skipIf(!prometheus)("random queries beside Debian's prometheus (prometheus)", () => {
  it.each(["block", "mixed"] as const)(
    `answers ${queryCount} of them alike, data: %s`,
    async (scene) => {
      const [ours, theirs] = await startBoth(seed, scene);
      const random = randomFrom(seed);
      const data = { start: dataStart / 1000, end: dataEnd / 1000 };
      const differences: string[] = [];
      const excluded = new Map<string, number>();
      let compared = 0;
      let differing = 0;
      let refused = 0;
      for (let i = 0; compared < queryCount; i++) {
        const query = generateQuery(random, data);
        const [own, their] = await Promise.all([ask(ours, query), ask(theirs, inPeersWords(query))]);
        const known = knownDifference(query, own, their);
        if (known) {
          excluded.set(known, (excluded.get(known) ?? 0) + 1);
          continue;
        }
        compared++;
        if (their.status === "error") refused++;
        const found =
          difference(own, their) ??
          differenceInKnownCounts(query, own, their) ??
          differenceInKnownOrder(query, own, their);
        if (!found) continue;
        differing++;
        if (differences.length < shownMax)
          differences.push(`seed ${seed}, query ${i}: ${JSON.stringify(query)}\n  ${found}`);
      }
      const left = [...excluded].map(([rule, count]) => `${rule}: ${count}`).join(", ") || "none";
      console.log(
        `${scene}: ${compared} compared, ${differing} differ, ${refused} refused by both; excluded by rule: ${left}`,
      );
      expect(differences.join("\n")).toBe("");
    },
    120_000 + queryCount * msPerQueryMax,
  );

  it(
    `refuses ${queryCount} spoilt ones in the same words, or prints them alike`,
    async () => {
      const [ours, theirs] = await startBoth(seed, "block");
      const random = randomFrom(seed);
      const differences: string[] = [];
      let refused = 0;
      let excluded = 0;
      for (let i = 0; i < queryCount; i++) {
        const { expression } = generateQuery(random, { start: dataStart / 1000, end: dataEnd / 1000 });
        const query = spoil(random, expression);
        const [own, their] = await Promise.all([format(ours, query), format(theirs, query)]);
        if (own === their) refused += own.startsWith("invalid parameter") ? 1 : 0;
        else if (isLaterGrammar(query, own, their)) excluded++;
        else differences.push(`seed ${seed}, query ${i}: ${JSON.stringify(query)}\n  ${own}\n  ${their}`);
      }
      console.log(`${differences.length} of ${queryCount} differ, ${refused} refused by both, ${excluded} left out`);
      expect(differences.slice(0, shownMax).join("\n")).toBe("");
    },
    120_000 + queryCount * msPerQueryMax,
  );
});

/** The expression as the server prints it, or the error. */
async function format(base: string, query: string): Promise<string> {
  const body = new URLSearchParams({ query });
  const response = await fetch(`${base}/api/v1/format_query`, { method: "POST", body });
  const { data, error } = (await response.json()) as { data?: string; error?: string };
  return data ?? error ?? "";
}

async function ask(base: string, query: GeneratedQuery): Promise<Answer> {
  const { expression, start, end, step, isCounted } = query;
  const times = step === 0 ? { time: String(start) } : { start: String(start), end: String(end), step: String(step) };
  const response = await fetch(`${base}/api/v1/${step === 0 ? "query" : "query_range"}`, {
    method: "POST",
    body: new URLSearchParams({ query: expression, ...times, ...(isCounted ? { stats: "all" } : {}) }),
  });
  return (await response.json()) as Answer;
}

function differenceInKnownOrder(query: GeneratedQuery, ours: Answer, theirs: Answer): string | undefined {
  if (query.step > 0 || !query.isOrdered) return undefined;
  return differenceInOrder(ours, theirs);
}

function differenceInKnownCounts(query: GeneratedQuery, ours: Answer, theirs: Answer): string | undefined {
  if (!query.isCounted) return undefined;
  const factor = samplesPerSample(query);
  return factor === undefined ? undefined : differenceInCounts(ours, theirs, factor);
}
