// kill -9 at random moments, compaction and truncation among them: every sample that a query had shown is there
// after the next start, the directory is sound for promtool, and the process starts.
// Committed is what was readable: commit returns when the record has left the process, and readers see it only then.
// A few rounds by default; KILL_ROUNDS=200 for the long run. KILL_SEED repeats the moments. Rounds are dealt to directories,
// of which each has the next seed: a round reads all that its directory holds, so that many in one cost ever more. They
// can be run one by one: KILL_ROUNDS=25 with KILL_SEED=1, 2, ….
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ask } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, type Running, startNarthex } from "./processes.js";

const rounds = Number(process.env["KILL_ROUNDS"] ?? 5);
const firstSeed = Number(process.env["KILL_SEED"] ?? 1);
const roundsPerDirectoryMax = 25;
const killAfterMsMax = 4000;
const blockRangeMs = 2000;
const targets = 3;
const seriesPerTarget = 20;

type Matrix = {
  readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[];
};

/** Series as one text, with their samples by time. */
type Stored = Map<string, Map<number, string>>;

/** Each scrape has the next number in all of its samples: a sample that is lost or wrong cannot hide. */
async function listenNumbered(port: number): Promise<Server> {
  let scrape = 0;
  const server = createServer((_, response) => {
    scrape++;
    const lines = Array.from({ length: seriesPerTarget }, (_unused, i) => `numbered{i="${i}"} ${scrape}`);
    // A series of its own now and then: they come and go, and truncation forgets them.
    lines.push(`passing{run="${Math.floor(scrape / 30)}"} ${scrape}`);
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`${lines.join("\n")}\n`);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

async function read(base: string, range = "1d"): Promise<Stored> {
  const parameters = new URLSearchParams({ query: `{__name__=~"numbered|passing|rule:.*"}[${range}]` });
  const { result } = await ask<Matrix>(base, `/api/v1/query?${parameters}`);
  return new Map(
    result.map(({ metric, values }) => [
      JSON.stringify(Object.entries(metric).sort()),
      new Map(values.map(([t, v]) => [t, v])),
    ]),
  );
}

/** Samples of `before` that are not in `after` as they were. */
function lost(before: Stored, after: Stored): string[] {
  const missing: string[] = [];
  for (const [series, samples] of before) {
    for (const [t, v] of samples) {
      const found = after.get(series)?.get(t);
      if (found !== v) missing.push(`${series} @${t}: ${v}, now ${found}`);
    }
  }
  return missing;
}

function countOf(stored: Stored): number {
  return [...stored.values()].reduce((sum, samples) => sum + samples.size, 0);
}

/** A scrape's samples carry one number: all of them are there, or none. */
function checkWhole(stored: Stored): void {
  const counts = new Map<string, number>();
  for (const [series, samples] of stored) {
    const labels = Object.fromEntries(JSON.parse(series) as [string, string][]);
    if (labels["__name__"] !== "numbered") continue;
    for (const t of samples.keys()) {
      const key = `${labels["instance"]} ${t}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  expect([...counts].filter(([, count]) => count !== seriesPerTarget)).toEqual([]);
}

/** How many samples promtool finds; it ends with an error where it cannot read the directory. */
function promtoolCount(data: string): number | undefined {
  const promtool = findProgram("promtool");
  if (!promtool) return undefined;
  execFileSync(promtool, ["tsdb", "list", data], { stdio: "pipe" });
  const text = execFileSync(promtool, ["tsdb", "dump", '--match={__name__=~"numbered|passing|rule:.*"}', data], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: "pipe",
  });
  return text.split("\n").filter((line) => line.startsWith("{")).length;
}

const directories = Array.from({ length: Math.ceil(rounds / roundsPerDirectoryMax) }, (_, i) => {
  return { seed: firstSeed + i, rounds: Math.min(roundsPerDirectoryMax, rounds - i * roundsPerDirectoryMax) };
});

it.each(directories)(
  "loses nothing that was readable in $rounds rounds of kill -9, seed $seed",
  {
    timeout: 60_000 + roundsPerDirectoryMax * 30_000,
  },
  async ({ seed, rounds: ownRounds }) => {
    const random = randomFrom(seed);
    const folder = freshFolder();
    const data = join(folder, "data");
    mkdirSync(data);
    const [serverPort, ...targetPorts] = await freePorts(1 + targets);
    const numbered = await Promise.all(targetPorts.map(listenNumbered));
    const base = `http://127.0.0.1:${serverPort}`;
    writeFileSync(
      join(folder, "rules.yml"),
      `groups:
- {name: r, interval: 200ms, rules: [{record: "rule:sum", expr: "sum by (instance) (numbered)"}, {record: "rule:time", expr: "time()"}]}
`,
    );
    writeFileSync(
      join(folder, "prometheus.yml"),
      `global: {scrape_interval: 100ms, scrape_timeout: 100ms}
rule_files: [rules.yml]
scrape_configs: [{job_name: n, static_configs: [{targets: [${targetPorts.map((port) => `'127.0.0.1:${port}'`).join(",")}]}]}]
`,
    );
    const args = [
      "server",
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${serverPort}`,
      `--storage.tsdb.min-block-duration=${blockRangeMs}ms`,
      "--storage.tsdb.max-block-duration=54s",
      "--storage.tsdb.retention.time=1d",
    ];
    let known: Stored = new Map();
    let restarts = 0;
    for (let round = 0; round < ownRounds; round++) {
      const server = startNarthex(args);
      await answers(server, `${base}/-/ready`);
      const after = await read(base);
      expect(lost(known, after), `round ${round}, seed ${seed}`).toEqual([]);
      checkWhole(after);
      known = after;
      // Now and then a clean end, in the short run as well, so that kills follow a start from its snapshot, too.
      const isClean = round % 4 === 2;
      known = await readUntil(base, { known, endsMs: Date.now() + random() * killAfterMsMax });
      await server.kill(isClean ? "SIGTERM" : "SIGKILL");
      expect(server.output()).not.toMatch(/damaged data|corrupt|panic|compaction failed|no snapshot/i);
      // Rules go on at the next place of their grid, which no sample of before has.
      expect(server.output()).not.toMatch(/Error on ingesting/);
      expect(earlyRefusals(server.output())).toEqual([]);
      restarts++;
      if (round % 10 === 0) expectPromtool(data, known);
    }
    const server: Running = startNarthex(args);
    await answers(server, `${base}/-/ready`);
    const last = await read(base);
    expect(lost(known, last)).toEqual([]);
    checkWhole(last);
    const blocks = (await ask<{ blocks: readonly unknown[] }>(base, "/api/v1/status/tsdb/blocks")).blocks.length;
    const checkpoints = readdirSync(join(data, "wal")).filter((name) => name.startsWith("checkpoint."));
    await server.kill("SIGTERM");
    expectPromtool(data, last);
    console.info({
      seed,
      restarts,
      seconds: Math.round(performance.now() / 1000),
      series: last.size,
      samples: countOf(last),
      blocks,
      checkpoints: checkpoints.length,
    });
    expect(blocks).toBeGreaterThan(0);
    for (const target of numbered) {
      target.close();
      target.closeAllConnections();
    }
  },
);

/**
 * Results of rules that were refused for coming late though they did not: the head takes nothing that is half a block behind
 * its newest sample, which is no newer than the clock.
 */
function earlyRefusals(output: string): string[] {
  return output.split("\n").filter((line) => {
    const [, loggedAt = "", evaluatedAt = ""] = /^time=(\S+) .*discarded.*evaluationTime=(\S+)/.exec(line) ?? [];
    return loggedAt !== "" && Date.parse(loggedAt) - Date.parse(evaluatedAt) < blockRangeMs / 2;
  });
}

/** Reads again and again: what is readable is committed, and must outlive the kill that follows. Gives all there is. */
async function readUntil(base: string, options: { readonly known: Stored; readonly endsMs: number }): Promise<Stored> {
  await eventually(
    "the moment of the kill",
    async () => {
      merge(await read(base, "30s"), options.known);
      return Date.now() >= options.endsMs;
    },
    killAfterMsMax + 20_000,
  );
  return options.known;
}

function merge(from: Stored, into: Stored): void {
  for (const [series, samples] of from) {
    const known = into.get(series) ?? new Map<number, string>();
    for (const [t, v] of samples) known.set(t, v);
    into.set(series, known);
  }
}

function expectPromtool(data: string, known: Stored): void {
  const count = promtoolCount(data);
  // More may have been committed between the last answer and the kill; stale markers count, too.
  if (count !== undefined) expect(count).toBeGreaterThanOrEqual(countOf(known));
}
