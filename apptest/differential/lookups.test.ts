// Random lookups of series, label names and label values against Debian's Prometheus 2.42 over the same blocks, head and late samples.
// QUERIES sets how many, SEED where they begin.
import { type Random, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { findProgram } from "../processes.js";
import { startBoth } from "./both.js";
import { dataEnd, dataStart } from "./data.js";

const lookupCount = Number(process.env["QUERIES"] ?? 1000);
const seed = Number(process.env["SEED"] ?? 1);
const shownMax = 20;

const labelPatterns: Readonly<Record<string, readonly string[]>> = {
  __name__: ["requests_total", "queue", "latency_seconds_bucket", "none", ".*total", ".+", "lat.*|wild"],
  job: ["api", "db", "a.*", "", "x", ".*"],
  zone: ["east", "", "w.*", ".+"],
  pod: ["p1", "p[23]", "", "p1|p4|p9"],
  code: ["200", "5..", ".*", "404|500"],
  instance: ["a:1", ".*:2", "[ab]:.+"],
  le: ["0.1", "[+]Inf", ".+"],
  ghost: ["", "a", ".*"],
};
const labelNames = Object.keys(labelPatterns);

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

function selector(random: Random): string {
  // Without a name some selectors have no matcher that refuses the empty text, which Prometheus 3 says in other words.
  const names = ["__name__"];
  for (let more = Math.floor(random() * 3); more > 0; more--) names.push(pick(random, labelNames));
  const matchers = names.map((name, i) => {
    const type = pick(random, i === 0 ? ["=", "=~"] : ["=", "!=", "=~", "!~"]);
    return `${name}${type}${JSON.stringify(pick(random, labelPatterns[name] as readonly string[]))}`;
  });
  return `{${matchers.join(",")}}`;
}

/** Path and query of a lookup, at times where there is data: Prometheus finds labels in a whole block that begins before its first sample. */
function lookup(random: Random): string {
  const parameters = new URLSearchParams();
  const path = pick(random, ["series", "labels", `label/${pick(random, labelNames)}/values`]);
  for (let count = pick(random, path === "series" ? [1, 2] : [0, 1, 2]); count > 0; count--) {
    parameters.append("match[]", selector(random));
  }
  const times = [random(), random()].sort((a, b) => a - b).map((share) => dataStart + share * (dataEnd - dataStart));
  if (random() < 0.7) parameters.set("start", String((times[0] as number) / 1000));
  if (random() < 0.7) parameters.set("end", String((times[1] as number) / 1000));
  return `${path}?${parameters}`;
}

async function found(base: string, path: string): Promise<string[]> {
  const response = await fetch(`${base}/api/v1/${path}`);
  const { data, error } = (await response.json()) as { data?: unknown[]; error?: string };
  return data ? data.map((item) => JSON.stringify(item)).sort() : [String(error)];
}

type Found = { readonly own: readonly string[]; readonly their: readonly string[] };

/**
 * Whether they differ by series alone that the peer itself has no sample of at that time: one of its chunks, of late samples, begins
 * before it and ends after it.
 */
async function isBetweenSamples(peer: string, path: string, { own, their }: Found): Promise<boolean> {
  const [endpoint, query] = path.split("?") as [string, string];
  const times = new URLSearchParams(query);
  const [start, end] = [times.get("start"), times.get("end")];
  if (endpoint !== "series" || !start || !end || own.some((series) => !their.includes(series))) return false;
  for (const series of their.filter((other) => !own.includes(other))) {
    const labels = Object.entries(JSON.parse(series) as Record<string, string>);
    const matchers = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const windowMs = Math.ceil(1000 * (Number(end) - Number(start)));
    const expression = `{${matchers.join(",")}}[${windowMs}ms]`;
    const response = await fetch(`${peer}/api/v1/query?${new URLSearchParams({ query: expression, time: end })}`);
    const { data } = (await response.json()) as { data: { result: unknown[] } };
    if (data.result.length > 0) return false;
  }
  return true;
}

describe.skipIf(!findProgram("prometheus"))("lookups beside Debian's prometheus (prometheus)", () => {
  it(
    `finds alike in ${lookupCount} of them`,
    async () => {
      const [ours, theirs] = await startBoth(seed, "mixed");
      const random = randomFrom(seed);
      const differences: string[] = [];
      let foundCount = 0;
      for (let i = 0; i < lookupCount; i++) {
        const path = lookup(random);
        const [own, their] = await Promise.all([found(ours, path), found(theirs, path)]);
        foundCount += their.length;
        if (own.join() !== their.join() && !(await isBetweenSamples(theirs, path, { own, their })))
          differences.push(`${decodeURIComponent(path)}\n  ${own.join()}\n  ${their.join()}`);
      }
      expect(differences.slice(0, shownMax).join("\n")).toBe("");
      expect(foundCount).toBeGreaterThan(lookupCount);
    },
    120_000 + lookupCount * 50,
  );
});
