// A server whose log takes a while to replay: it answers and scrapes from the first moment, and loses nothing.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import { createLogger, type HttpRequest, type HttpResponse, parseFlags } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { expect, onTestFinished, test } from "vitest";
import { serverFlags } from "./flags.js";
import { type RunningServer, startServer } from "./main.js";

const start = 1_700_000_000_000;
const series = 400;
const batches = 1500;

/** An hour of samples in the log, a segment for every megabyte. */
async function writeLog(path: string): Promise<void> {
  const db = await openTsdb({ path, walSegmentBytesMax: 1 << 20, memorySnapshot: false });
  const appender = db.appender();
  const refs = Array.from({ length: series }, (_, i) => appender.series(labelsFrom({ __name__: "old", i: String(i) })));
  appender.commit();
  const columns = {
    count: series,
    refs: Uint32Array.from(refs),
    t: new Float64Array(series),
    v: new Float64Array(series),
    outcomes: new Uint8Array(series),
  };
  for (let i = 0; i < batches; i++) {
    columns.t.fill(start - 3_600_000 + i * 1000);
    for (let k = 0; k < series; k++) columns.v[k] = Math.sin(i + k);
    const batch = db.appender();
    batch.append(columns);
    batch.commit();
  }
  await db.close();
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Until then connections are refused, and nothing else may go wrong. */
async function listening(port: number): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/-/healthy`);
      return;
    } catch (error) {
      expect((error as { cause?: { code?: string } }).cause?.code).toBe("ECONNREFUSED");
    }
  }
}

type Surroundings = { readonly clock: SimClock; readonly port: number; readonly giveWay?: () => Promise<void> };

function begin(folder: string, { clock, port, giveWay }: Surroundings): Promise<RunningServer> {
  writeFileSync(
    join(folder, "p.yml"),
    `global: { scrape_interval: 1s, scrape_timeout: 1s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: app, static_configs: [{ targets: ["app:1"] }] }]
`,
  );
  writeFileSync(join(folder, "rules.yml"), 'groups: [{ name: g, rules: [{ record: r, expr: "count(old)" }] }]\n');
  const args = [
    `--config.file=${join(folder, "p.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  let scrapes = 0;
  const respond = async ({ url }: HttpRequest): Promise<HttpResponse> => ({
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4" },
    body: Buffer.from(`scrapes ${++scrapes}\n`),
    url,
  });
  return startServer({
    flags: parseFlags({ name: "narthex server", description: "", table: serverFlags, args }),
    clock,
    ...(giveWay ? { giveWay } : {}),
    logger: createLogger({ level: "error", format: "logfmt", write: () => undefined }),
    createScrapeClient: () => ({
      close: () => {},
      request: respond,
      prepare: (request) => ({ send: () => respond(request), abort: () => {} }),
    }),
  });
}

test("scrapes and answers while the log is replayed", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "server-startup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeLog(join(folder, "data"));
  const clock = new SimClock(start);
  const port = await freePort();
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const stopping = response.headers.get("x-prometheus-stopping");
    return `${response.status} ${await response.text()}${stopping === null ? "" : ` stopping: ${stopping}`}`;
  };
  // The replay stands still at its first pause until everything was seen that it shows.
  let replay = (): void => {};
  const seen = new Promise<void>((resolve) => {
    replay = resolve;
  });
  const starting = begin(folder, { clock, port, giveWay: () => seen });
  await listening(port);
  let metrics = await ask("/metrics");
  while (!/waiting_batches [1-9]/.test(metrics)) {
    await clock.advance(1000);
    metrics = await ask("/metrics");
  }
  expect(metrics).toContain("prometheus_ready 0");
  expect(await ask("/-/ready")).toBe("503 Service Unavailable stopping: false");
  expect(await ask("/api/v1/query?query=1")).toBe("503 Service Unavailable stopping: false");
  expect(await ask("/api/v1/status/walreplay")).toMatch(/^200 .*"min":0,"max":\d+,"current":\d+/);
  replay();
  const server = await starting;
  expect(await ask("/-/ready")).toBe("200 Prometheus Server is Ready.\n");
  // Rules have begun by now; the first scrape was in the log's time.
  await clock.advance(2000);
  const end = clock.now() / 1000;
  const answer = JSON.parse((await ask(`/api/v1/query?query=scrapes[1d]&time=${end}`)).slice(4));
  const values = (answer.data.result[0].values as [number, string][]).map(([, v]) => Number(v));
  expect(values).toEqual(values.map((_, i) => i + 1));
  expect(values.length).toBeGreaterThan(2);
  const count = JSON.parse((await ask(`/api/v1/query?query=sum(count_over_time(old[1d]))&time=${end}`)).slice(4));
  expect(count.data.result[0].value[1]).toBe(String(series * batches));
  metrics = await ask("/metrics");
  expect(metrics).toContain("prometheus_ready 1");
  expect(metrics).toMatch(/sample_ooo_delta_bucket\{[^}]*le="600"\} 0\n/);
  expect(metrics).toMatch(/out_of_order_samples_total(\{[^}]*\})? 0\n/);
  await server.close();
});

test("a directory that cannot be opened ends the start, and the port is free again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "server-startup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const db = await openTsdb({ path: join(folder, "data") });
  const port = await freePort();
  await expect(begin(folder, { clock: new SimClock(start), port })).rejects.toThrow("in use by process");
  await expect(fetch(`http://127.0.0.1:${port}/-/ready`)).rejects.toThrow();
  await db.close();
});
