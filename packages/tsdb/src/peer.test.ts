// Both ways with the real thing: Debian's promtool and prometheus read what we wrote, we read what they wrote.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { type Histogram, isStale, labelsFrom, matcherFrom, SampleColumns } from "@narthex/model";
import { assert, ByteWriter, randomFrom } from "@narthex/stdx";
import { describe, expect, onTestFinished, test } from "vitest";
import { comparable, randomHistograms } from "./testdata/histograms.js";
import { columnsOf, dump, everything, type Row } from "./testdata/rig.js";
import { openTsdb, type Tsdb } from "./tsdb.js";

const isInstalled =
  spawnSync("promtool", ["--version"]).status === 0 && spawnSync("prometheus", ["--version"]).status === 0;
const missing = isInstalled ? "" : " (left out: promtool and prometheus are not installed)";
const hour = 3_600_000;
const start = 1_700_000_000_000 - (1_700_000_000_000 % (2 * hour));
// Several runs may be at work on one machine: the kernel says which port is free.
const port = await freePort();

async function freePort(): Promise<number> {
  const server = await listen(() => undefined);
  const free = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return free;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/tsdb-peer-`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One sample a minute of a counter, a gauge and a constant; the gauge goes stale in the end. */
function rowsAt(i: number, count: number): Row[] {
  const t = start + i * 60_000;
  return [
    ["counter", t, i * 7],
    ["gauge", t, i === count - 1 ? "stale" : Math.sin(i)],
    ["constant", t, -0.25],
  ];
}

function fill(db: Tsdb, count: number): void {
  for (let i = 0; i < count; i++) {
    const rows = rowsAt(i, count);
    const appender = db.appender();
    const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name, job: "test", ütf: 'ä\n"' })));
    appender.append(columnsOf(refs, rows));
    appender.commit();
  }
}

function fixedTime(): { now: () => number; after: () => () => void } {
  return { now: () => start, after: () => () => undefined };
}

/** promtool's dump as our `dump` prints: `name t=v …`. */
function promtoolDump(folder: string): string[] {
  const range = [`--min-time=${start - 100 * hour}`, `--max-time=${start + 100 * hour}`];
  const text = execFileSync("promtool", ["tsdb", "dump", ...range, folder], { encoding: "utf8", maxBuffer: 1 << 28 });
  const bySeries = new Map<string, string[]>();
  for (const line of text.trim().split("\n")) {
    const match = /__name__="([^"]+)".*\} (\S+) (\d+)$/.exec(line);
    if (!match) throw new Error(`unexpected line ${line}`);
    const [, name = "", value = "", t = ""] = match;
    const samples = bySeries.get(name) ?? [];
    samples.push(`${t}=${Number(value)}`);
    bySeries.set(name, samples);
  }
  return [...bySeries].map(([name, samples]) => [name, ...samples].join(" ")).sort();
}

// promtool prints a stale marker as NaN.
const asPromtool = (lines: string[]): string[] => lines.map((line) => line.replaceAll("=stale", "=NaN"));

async function untilReady(): Promise<void> {
  for (;;) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/-/ready`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Matrix {
  readonly data: {
    readonly result: { readonly metric: { readonly __name__: string }; readonly values: [number, string][] }[];
  };
}

/** `name t=v …` of what a range selector finds. */
async function instantMatrix(query: string, time: number): Promise<string[]> {
  const parameters = new URLSearchParams({ query, time: String(time) });
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${parameters}`);
  const body = (await response.json()) as Matrix;
  return body.data.result
    .map(({ metric, values }) =>
      [metric.__name__, ...values.map(([t, v]) => `${Math.round(t * 1000)}=${Number(v)}`)].join(" "),
    )
    .sort();
}

/** Runs Prometheus on the folder, asks it for the last `count` minutes, and ends it. */
async function prometheusAnswers(folder: string, count: number): Promise<string[]> {
  writeFileSync(`${folder}.yml`, "global: {scrape_interval: 1h}\n");
  const flags = [
    `--config.file=${folder}.yml`,
    `--storage.tsdb.path=${folder}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const server = spawn("prometheus", [...flags, "--storage.tsdb.retention.time=100y", "--storage.tsdb.use-lockfile"], {
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    await untilReady();
    await expect(openTsdb({ path: folder })).rejects.toThrow(`in use by process ${server.pid}`);
    return await instantMatrix(`{job="test"}[${count}m]`, (start + (count - 1) * 60_000) / 1000);
  } finally {
    server.kill("SIGTERM");
    await ended;
    rmSync(`${folder}.yml`);
  }
}

describe.skipIf(!isInstalled)(`with Debian's promtool and prometheus${missing}`, () => {
  test("promtool lists, analyzes and dumps blocks and log that we wrote", async () => {
    const folder = temporaryFolder();
    const db = await openTsdb({ path: folder, clock: fixedTime(), retentionMs: 0 });
    fill(db, 500);
    await db.compact();
    const expected = asPromtool(dump(db));
    // Not closed: as a killed process leaves it.
    expect(promtoolDump(folder)).toEqual(expected);
    const list = execFileSync("promtool", ["tsdb", "list", folder], { encoding: "utf8" });
    expect(list.trim().split("\n")).toHaveLength(1 + db.blocks().length);
    expect(list).toContain(`${start}`);
    const analysis = execFileSync("promtool", ["tsdb", "analyze", folder], { encoding: "utf8" });
    expect(analysis).toContain("Series: 3");
    await db.close();
  });

  test("prometheus starts on our directory, killed or closed, and answers the same", async () => {
    for (const isClosed of [false, true]) {
      const folder = temporaryFolder();
      const db = await openTsdb({ path: folder, clock: fixedTime(), retentionMs: 0 });
      fill(db, 500);
      if (isClosed) await db.compact();
      // Its query leaves out stale markers.
      const expected = dump(db).map((line) => line.replace(/ \d+=stale/, ""));
      if (isClosed) await db.close();
      expect(await prometheusAnswers(folder, 500)).toEqual(expected);
    }
  }, 60_000);

  test("we read blocks that promtool made", async () => {
    const folder = temporaryFolder();
    const lines = ["# TYPE counter gauge", "# TYPE gauge gauge"];
    for (const name of ["counter", "gauge"]) {
      for (let i = 0; i < 300; i++) {
        lines.push(`${name}{job="test",i="${i % 3}"} ${Math.sin(i) * i} ${(start + i * 60_000) / 1000}`);
      }
    }
    writeFileSync(`${folder}/in.om`, `${lines.join("\n")}\n# EOF\n`);
    mkdirSync(`${folder}/data/wal`, { recursive: true });
    execFileSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", `${folder}/in.om`, `${folder}/data`]);
    const theirs = promtoolDump(`${folder}/data`);
    const db = await openTsdb({ path: `${folder}/data`, clock: fixedTime(), retentionMs: 0 });
    expect(db.blocks().length).toBeGreaterThan(2);
    const ours = dump(db).flatMap((line) => line.split(" ").slice(1).sort());
    expect(ours.sort()).toEqual(theirs.flatMap((line) => line.split(" ").slice(1)).sort());
    const sum = (): number => db.blocks().reduce((total, { stats }) => total + stats.numSamples, 0);
    expect(sum()).toBe(600);
    await db.close();
  });

  test("prometheus goes on where we stopped, and we where it stopped", async () => {
    const folder = temporaryFolder();
    let db = await openTsdb({ path: folder, clock: fixedTime(), retentionMs: 0 });
    fill(db, 500);
    const before = dump(db);
    await db.close();
    await prometheusAnswers(folder, 500);
    db = await openTsdb({ path: folder, clock: fixedTime(), retentionMs: 0 });
    expect(dump(db)).toEqual(before);
    const querier = db.querier(everything);
    expect(querier.labelValues("job", { matchers: [matcherFrom("=", "__name__", "gauge")] })).toEqual(["test"]);
    querier.close();
    await db.close();
  }, 60_000);

  test("native histograms: ours read by prometheus, its by us", async () => {
    const folder = temporaryFolder();
    let db = await openTsdb({ path: folder, clock: fixedTime(), retentionMs: 0 });
    const written = [...randomHistograms(randomFrom(3), 400)].filter(
      (histogram) => histogram.schema >= -4 && !isStale(histogram.sum),
    );
    for (const [i, histogram] of written.entries()) {
      const appender = db.appender();
      const ref = appender.series(labelsFrom({ __name__: "h", job: "test" }));
      expect(appender.appendHistogram(ref, start + i * 60_000, histogram)).toBe(0);
      appender.commit();
    }
    await db.compact();
    expect(db.blocks().length).toBeGreaterThan(0);
    await db.close();
    const answer = await histogramsOfPrometheus(folder, written.length);
    expect(answer).toEqual(written.map(({ count, sum }, i) => [start + i * 60_000, count, sum]));
    // Prometheus wrote its own blocks, chunks or log since.
    db = await openTsdb({ path: folder, clock: fixedTime(), retentionMs: 0 });
    expect(storedHistograms(db)).toEqual(written.map(comparable));
    await db.close();
  }, 60_000);

  // One test for floats and histograms: Prometheus takes five seconds to its first scrape.
  test("we read the log and the head chunks that a killed prometheus left", async () => {
    const folder = temporaryFolder();
    const scrapes = { floats: 0, histograms: 0 };
    const floats = await listen((response) => {
      const n = ++scrapes.floats;
      response.end(`a ${n}\nb ${Math.sin(n)}\nc NaN\n`);
    });
    const histograms = await listen((response) => {
      response.setHeader("Content-Type", protobufType);
      response.end(histogramFamily(++scrapes.histograms));
    });
    const targets = { test: floats, histograms };
    const jobs = Object.entries(targets).map(
      ([name, target]) => `{job_name: ${name}, static_configs: [{targets: ["127.0.0.1:${portOf(target)}"]}]}`,
    );
    const config = `global: {scrape_interval: 10ms, scrape_timeout: 10ms}\nscrape_configs: [${jobs.join(", ")}]\n`;
    writeFileSync(`${folder}/p.yml`, config);
    const flags = [`--config.file=${folder}/p.yml`, `--storage.tsdb.path=${folder}/data`, nativeHistograms];
    const server = spawn("prometheus", [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: "ignore" });
    const ended = new Promise((resolve) => server.once("exit", resolve));
    let theirs: string[] = [];
    try {
      await untilReady();
      while (Math.min(scrapes.floats, scrapes.histograms) < 150) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      theirs = await instantMatrix('{job="test"}[10m]', Date.now() / 1000);
    } finally {
      server.kill("SIGKILL");
      await ended;
      for (const target of [floats, histograms]) {
        target.close();
        target.closeAllConnections();
      }
    }
    const db = await openTsdb({ path: `${folder}/data` });
    expect(readdirSync(`${folder}/data/chunks_head`)).not.toEqual([]);
    // A scrape that timed out leaves stale markers, which Prometheus' answer leaves out.
    const ours = dump(db, everything, matcherFrom("=", "job", "test")).map((line) =>
      line.replaceAll(/ \d+=stale/g, ""),
    );
    const found = storedHistograms(db).filter((histogram) => histogram !== "stale") as ScrapedHistogram[];
    await db.close();
    expect(theirs.length).toBe(8);
    // Scrapes went on between the answer and the kill.
    for (const [i, line] of theirs.entries()) expect(ours[i]?.startsWith(line), line.split(" ")[0]).toBe(true);
    // On a busy machine a part of the scrapes times out.
    expect(found.length).toBeGreaterThan(50);
    for (const histogram of found) checkScraped(histogram);
  }, 60_000);
});

interface ScrapedHistogram {
  readonly count: number;
  readonly sum: number;
}

/** The sum tells which scrape of `histogramFamily` it was. */
function checkScraped({ count, sum, ...rest }: ScrapedHistogram): void {
  const n = sum * 2;
  const third = hasThirdBucket(n)
    ? [
        [4, 2 * n - 5],
        [5, 5],
      ]
    : [[4, 2 * n]];
  const positive = [[-1, n], ...third];
  expect({ count, ...rest }).toMatchObject({ count: 3 * n + 1, zeroCount: 1, schema: 2, positive });
}

const protobufType = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

async function listen(respond: (response: ServerResponse) => void): Promise<Server> {
  const target = createServer((_, response) => respond(response));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  return target;
}

function portOf(server: Server): number {
  const address = server.address();
  assert(address !== null && typeof address === "object", "the server listens on a port");
  return address.port;
}

const nativeHistograms = "--enable-feature=native-histograms";

async function histogramsOfPrometheus(folder: string, count: number): Promise<[number, number, number][]> {
  writeFileSync(`${folder}.yml`, "global: {scrape_interval: 1h}\n");
  const flags = [`--config.file=${folder}.yml`, `--storage.tsdb.path=${folder}`, nativeHistograms];
  const limits = ["--storage.tsdb.retention.time=100y", `--web.listen-address=127.0.0.1:${port}`];
  const server = spawn("prometheus", [...flags, ...limits], { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    await untilReady();
    const parameters = new URLSearchParams({
      query: `h[${count}m]`,
      time: String((start + (count - 1) * 60_000) / 1000),
    });
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${parameters}`);
    const body = (await response.json()) as {
      data: { result: { histograms: [number, { count: string; sum: string }][] }[] };
    };
    return (body.data.result[0]?.histograms ?? []).map(([t, histogram]) => [
      Math.round(t * 1000),
      Number(histogram.count),
      Number(histogram.sum),
    ]);
  } finally {
    server.kill("SIGTERM");
    await ended;
    rmSync(`${folder}.yml`);
  }
}

function storedHistograms(db: Tsdb): unknown[] {
  const querier = db.querier(everything);
  const columns = new SampleColumns();
  const [source] = querier.select({ matchers: [matcherFrom("=", "__name__", "h")], ...everything });
  source?.read(columns);
  querier.close();
  return Array.from({ length: columns.count }, (_, i) => comparable(columns.h?.[i] as Histogram));
}

/** A family of one histogram whose n-th scrape has count 3 n + 1, sum n / 2, and now and then one more bucket. */
function histogramFamily(n: number): Uint8Array {
  const hasThird = hasThirdBucket(n);
  const histogram = message([
    [1, 3 * n + 1],
    [2, n / 2, "double"],
    [5, zigzag(2)],
    [6, 2 ** -128, "double"],
    [7, 1],
    [
      12,
      message([
        [1, zigzag(-1)],
        [2, 1],
      ]),
    ],
    [
      12,
      message([
        [1, zigzag(4)],
        [2, hasThird ? 2 : 1],
      ]),
    ],
    ...(hasThird
      ? ([
          [13, zigzag(n)],
          [13, zigzag(n - 5)],
          [13, zigzag(5 - (2 * n - 5))],
        ] as Field[])
      : ([
          [13, zigzag(n)],
          [13, zigzag(n)],
        ] as Field[])),
  ]);
  const family = message([
    [1, new TextEncoder().encode("h")],
    [3, 4],
    [4, message([[7, histogram]])],
  ]);
  const out = new ByteWriter();
  out.uvarint(family.length);
  out.raw(family);
  return out.bytes();
}

type Field = readonly [number: number, value: number | Uint8Array, kind?: "double"];

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

const hasThirdBucket = (n: number): boolean => n % 2 === 0 && n >= 3;

/** A protobuf message. */
function message(fields: readonly Field[]): Uint8Array {
  const out = new ByteWriter();
  for (const [number, value, kind] of fields) {
    if (typeof value !== "number") {
      out.uvarint(number * 8 + 2);
      out.uvarint(value.length);
      out.raw(value);
    } else if (kind === "double") {
      out.uvarint(number * 8 + 1);
      out.raw(new Uint8Array(Float64Array.of(value).buffer));
    } else {
      out.uvarint(number * 8);
      out.uvarint(value);
    }
  }
  return out.bytes();
}
