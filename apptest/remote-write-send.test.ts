// Narthex sends what it scrapes by remote write: version 1 to Debian's Prometheus, version 2 to another Narthex. What arrives is
// what was stored, whatever happens on the way.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  decodeSnappy,
  decodeWriteRequest,
  LabelTable,
  SymbolEncoder,
  type WriteRows,
  writeHeaders,
} from "@narthex/formats";
import { type Histogram, labelsFrom } from "@narthex/model";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, query, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, type Running, start, startNarthex } from "./processes.js";
import { startServer, type TestServer } from "./server.js";

const prometheus = findProgram("prometheus");
const second = "io.prometheus.write.v2.Request";
/** A remote that fails is asked again within this time; with the default of 5s these tests would wait most of theirs. */
const backoffMax = "500ms";

/** `more` is added to the configuration. */
function startReceiver(more = ""): Promise<TestServer> {
  const accepted = ["prometheus.WriteRequest", second].map(
    (message) => `--web.remote-write-receiver.accepted-protobuf-messages=${message}`,
  );
  const flags = ["--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage", ...accepted];
  return startServer({ config: `storage: {tsdb: {out_of_order_time_window: 10m}}\n${more}`, flags });
}

type Debian = { readonly program: Running; readonly base: string };

async function startDebian(port: number, folder: string): Promise<Debian> {
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, "global: {}\n");
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "data")}`];
  const program = start(prometheus as string, [
    ...flags,
    "--web.enable-remote-write-receiver",
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const base = `http://127.0.0.1:${port}`;
  await answers(program, `${base}/-/ready`);
  return { program, base };
}

type Matrix = readonly { readonly metric: Readonly<Record<string, string>>; readonly values: readonly unknown[] }[];

/** Every sample of the job in the minute up to `time`, by series without the external label. */
async function samplesOf(base: string, time: number): Promise<ReadonlyMap<string, unknown>> {
  const parameters = new URLSearchParams({ query: '{job="self"}[1m]', time: String(time) });
  const { result } = await ask<{ result: Matrix }>(base, `/api/v1/query?${parameters}`);
  const keyOf = (metric: Matrix[0]["metric"]): string =>
    JSON.stringify(
      Object.entries(metric)
        .filter(([name]) => name !== "replica")
        .sort(),
    );
  return new Map(result.map(({ metric, values }) => [keyOf(metric), values]));
}

function sendingConfig(port: number, remotes: string): string {
  return `global: {scrape_interval: 1s, scrape_timeout: 1s, external_labels: {replica: a}}
scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
remote_write: [${remotes}]
`;
}

async function expectSame(sender: string, receiver: string): Promise<void> {
  await eventually(
    "five scrapes were sent",
    async () => ((await value(receiver, 'count_over_time(up{job="self"}[1m])')) ?? 0) >= 5,
  );
  const [last] = await query(receiver, 'timestamp(up{job="self"})');
  const time = Number(last?.value[1]);
  const ours = await samplesOf(sender, time);
  expect(ours.size).toBeGreaterThan(200);
  await eventually("the same samples are on both sides", async () => {
    const theirs = await samplesOf(receiver, time);
    return JSON.stringify([...theirs].sort()) === JSON.stringify([...ours].sort());
  });
}

describe.skipIf(!prometheus)("to Debian's prometheus (prometheus)", () => {
  it("what is stored here is there", { timeout: 120_000 }, async () => {
    const folder = freshFolder();
    const [port] = (await freePorts(1)) as [number];
    const debian = await startDebian(port, folder);
    const remote = `{url: '${debian.base}/api/v1/write', name: debian, queue_config: {batch_send_deadline: 1s}}`;
    const sender = await startServer({ config: (own) => sendingConfig(own, remote) });
    await expectSame(sender.base, debian.base);
  });
});

it("what is stored is in the other Narthex", { timeout: 120_000 }, async () => {
  const receiver = await startReceiver();
  const remote = `{url: '${receiver.base}/api/v1/write', protobuf_message: ${second}, queue_config: {batch_send_deadline: 1s}}`;
  const sender = await startServer({ config: (own) => sendingConfig(own, remote) });
  await expectSame(sender.base, receiver.base);
});

type Dumped = { readonly series: readonly unknown[]; readonly exemplars: readonly unknown[] };

/** All samples, native histograms and exemplars of `job="pushed"`. */
async function dump(base: string, time: number): Promise<Dumped> {
  const parameters = new URLSearchParams({ query: '{job="pushed"}[1h]', time: String(time) });
  const { result } = await ask<{ result: readonly { readonly metric: unknown }[] }>(
    base,
    `/api/v1/query?${parameters}`,
  );
  const range = new URLSearchParams({ query: '{job="pushed"}', start: String(time - 3600), end: String(time) });
  const exemplars = await ask<readonly unknown[]>(base, `/api/v1/query_exemplars?${range}`);
  const sorted = (list: readonly unknown[]): unknown[] => list.map((one) => JSON.stringify(one)).sort();
  return { series: sorted(result), exemplars: sorted(exemplars) };
}

async function push(base: string, pushed: (table: LabelTable) => WriteRows): Promise<void> {
  const table = new LabelTable();
  const rows = pushed(table);
  const response = await fetch(`${base}/api/v1/write`, {
    method: "POST",
    headers: writeHeaders[second],
    body: new SymbolEncoder().encode(rows, table, () => ({ type: "histogram", help: "Help.", unit: "s" })),
  });
  expect([response.status, await response.text()]).toEqual([204, ""]);
}

const exponential: Histogram = {
  schema: 2,
  counterResetHint: "unknown",
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 7,
  sum: 3.5,
  positiveSpans: [{ offset: -1, length: 2 }],
  positiveBuckets: [2, 3],
  negativeSpans: [{ offset: 4, length: 1 }],
  negativeBuckets: [1],
  customValues: [],
};
const ofFloats: Histogram = { ...exponential, count: 7.5, positiveBuckets: [2.5, 3] };
const custom: Histogram = {
  ...exponential,
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 5,
  positiveSpans: [{ offset: 0, length: 2 }],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [0.5, 5],
};

it("histograms, exemplars, stale markers and late samples arrive as they are", { timeout: 120_000 }, async () => {
  const receiver = await startReceiver();
  const remote = `{url: '${receiver.base}/api/v1/write', protobuf_message: ${second}, send_exemplars: true, queue_config: {batch_send_deadline: 1s}}`;
  const sender = await startReceiver(`remote_write: [${remote}]\n`);
  const now = Date.now();
  const names = ["float", "exponential", "of_floats", "custom", "mixed", "gone"];
  const others = [undefined, exponential, ofFloats, custom, exponential, undefined];
  // The third round comes late.
  for (const [round, t] of [now, now + 1000, now + 500, now + 2000].entries()) {
    await push(sender.base, (table) => {
      for (const [i, name] of names.entries()) table.set(i, labelsFrom({ __name__: name, job: "pushed" }));
      const exemplar = { kind: "exemplar", labels: labelsFrom({ trace_id: `t${round}` }), v: round, t } as const;
      const rows = names.map((_, i) => {
        const isStale = (i === 5 || i === 1) && round === 3;
        // A series may turn from histograms to floats.
        const histogram = i === 4 && round === 1 ? undefined : others[i];
        const bits: readonly [number, number] = isStale ? [2, 0x7ff00000] : [0, 0x3ff00000 + round];
        return {
          series: i,
          bits,
          other: histogram && !isStale ? ({ kind: "histogram", histogram } as const) : undefined,
        };
      });
      return {
        count: rows.length,
        series: Uint32Array.from(rows, ({ series }) => series),
        t: new Float64Array(rows.length).fill(t),
        words: Uint32Array.from(rows.flatMap(({ bits }) => bits)),
        startTimes: undefined,
        others: rows.map(({ other }) => other),
        // Exemplars do not come late.
        attached: new Map(round === 2 ? [] : [[0, [exemplar]]]),
      };
    });
  }
  const time = now / 1000 + 3;
  const ours = await dump(sender.base, time);
  expect(ours.series).toHaveLength(names.length);
  expect(ours.exemplars.length).toBeGreaterThan(0);
  await eventually(
    "all series are there",
    async () => (await dump(receiver.base, time)).series.length === names.length,
  );
  await eventually(
    "all of it is there",
    async () => isDeepStrictEqual(await dump(receiver.base, time), ours),
    15_000,
  ).catch(() => undefined);
  expect(await dump(receiver.base, time)).toEqual(ours);
  // A stale marker ends a series at once, not after five minutes.
  expect(await query(receiver.base, 'gone{job="pushed"}', time)).toEqual([]);
  expect(await query(receiver.base, 'float{job="pushed"}', time)).toHaveLength(1);
});

/** A target whose samples count its scrapes: one that is lost cannot hide. */
async function listenNumbered(): Promise<{ readonly port: number; readonly scrapes: () => number }> {
  let scrapes = 0;
  const server = createServer((_, response) => {
    scrapes++;
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`numbered{i="a"} ${scrapes}\nnumbered{i="b"} ${scrapes}\n`);
  });
  const port = await listenOn(server);
  return { port, scrapes: () => scrapes };
}

async function listenOn(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A remote that answers as it is told, and keeps the numbers of what it takes. */
class Sink {
  /** By series, in the order they came. */
  readonly numbers: Record<string, number[]> = { a: [], b: [] };
  answer: (response: ServerResponse) => void = (response) => void response.writeHead(204).end();
  requests = 0;
  url = "";

  static async listen(): Promise<Sink> {
    const sink = new Sink();
    const server = createServer((request, response) => {
      // Somebody who knew the port's former owner.
      if (request.method !== "POST") {
        response.writeHead(405).end();
        return;
      }
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        sink.requests++;
        response.on("finish", () => {
          if (response.statusCode <= 299) sink.#keep(Buffer.concat(parts));
        });
        sink.answer(response);
      });
    });
    sink.url = `http://127.0.0.1:${await listenOn(server)}/`;
    return sink;
  }

  #keep(body: Buffer): void {
    for (const { labels, samples } of decodeWriteRequest(decodeSnappy(body), "prometheus.WriteRequest")) {
      const at = labels.texts.indexOf("i");
      if (at < 0) continue;
      for (const { v } of samples) this.numbers[labels.texts[at + 1]!]?.push(v);
    }
  }

  get last(): number {
    return Math.min(this.numbers["a"]?.at(-1) ?? 0, this.numbers["b"]?.at(-1) ?? 0);
  }
}

type Sending = { readonly sink: Sink; readonly scrapes: () => number; readonly config: (remote?: string) => string };

async function prepare(): Promise<Sending> {
  const { port, scrapes } = await listenNumbered();
  const sink = await Sink.listen();
  const config = (
    remote = `queue_config: {batch_send_deadline: 500ms, max_backoff: ${backoffMax}}`,
  ): string => `global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs: [{job_name: numbered, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
remote_write: [{url: '${sink.url}', metadata_config: {send: false}, write_relabel_configs: [{action: keep, source_labels: [__name__], regex: numbered}], ${remote}}]
`;
  return { sink, scrapes, config };
}

/** What the server has stored since the first number that was sent is there: each once and in order, unless repeats are in order, too. */
async function expectStored(sink: Sink, base: string, { repeats = false } = {}): Promise<void> {
  const parameters = new URLSearchParams({ query: "numbered[1h]" });
  const { result } = await ask<{ result: Matrix }>(base, `/api/v1/query?${parameters}`);
  expect(result).toHaveLength(2);
  for (const { metric, values } of result) {
    const stored = values.map((sample) => Number((sample as readonly [number, string])[1]));
    const last = stored.at(-1) as number;
    const numbers = sink.numbers[metric["i"] as string] as number[];
    await eventually("the last one was sent", async () => numbers.includes(last));
    expectInOrder(numbers, { repeats });
    const received = new Set(numbers);
    expect(stored.filter((number) => !received.has(number))).toEqual([]);
  }
}

function expectInOrder(numbers: readonly number[], { repeats = false } = {}): void {
  // Stale markers have no number.
  const known = numbers.filter((number) => !Number.isNaN(number));
  if (!repeats) expect(known).toEqual([...new Set(known)].sort((a, b) => a - b));
}

it("a remote that fails, hangs and answers without end gets all of it in the end", async () => {
  const { sink, config } = await prepare();
  const server = await startServer({
    config: config(`remote_timeout: 1s, queue_config: {batch_send_deadline: 200ms, max_backoff: ${backoffMax}}`),
  });
  await eventually("some are sent", async () => sink.last > 5);
  for (const answer of [
    (response: ServerResponse) => void response.writeHead(500).end("x".repeat(1_000_000)),
    (response: ServerResponse) => void response.destroy(),
    () => {},
    (response: ServerResponse) => void response.writeHead(503, { "retry-after": "1" }).end(),
    (response: ServerResponse) => {
      response.writeHead(500, { "content-type": "text/plain" });
      const more = setInterval(() => response.write("more "), 20);
      response.on("close", () => clearInterval(more));
    },
  ]) {
    sink.answer = answer;
    const before = sink.requests;
    await eventually("it was asked again", async () => sink.requests >= before + 3);
  }
  // Its success counts, whatever it says after that.
  let hasBabbled = false;
  sink.answer = (response) => {
    hasBabbled = true;
    response.writeHead(200).end("x".repeat(300_000));
  };
  const failed = sink.last;
  await eventually("all is there", async () => hasBabbled && sink.last > failed + 20);
  await expectStored(sink, server.base);
  const text = await (await fetch(`${server.base}/metrics`)).text();
  expect(text).toMatch(/^prometheus_remote_storage_samples_failed_total\{[^}]*\} 0$/m);
  expect(Number(/^prometheus_remote_storage_samples_retried_total\{[^}]*\} (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(
    10,
  );
});

it("what a remote refuses is counted, and what follows is sent", async () => {
  const { sink, config } = await prepare();
  const server = await startServer({ config: config() });
  await eventually("some are sent", async () => sink.last > 5);
  sink.answer = (response) => void response.writeHead(400).end("no such tenant");
  await eventually("it was asked again", async () => server.program.output().includes("no such tenant"));
  sink.answer = (response) => void response.writeHead(204).end();
  const before = sink.last;
  await eventually("more are sent", async () => sink.last > before + 10);
  const text = await (await fetch(`${server.base}/metrics`)).text();
  expect(Number(/^prometheus_remote_storage_samples_failed_total\{[^}]*\} (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(1);
});

it("reloads while a remote fails lose nothing", async () => {
  const { sink, config } = await prepare();
  const server = await startServer({ config: config(), flags: ["--web.enable-lifecycle"] });
  await eventually("some are sent", async () => sink.last > 5);
  for (let round = 0; round < 6; round++) {
    sink.answer = (response) => void response.writeHead(round % 2 === 0 ? 503 : 204).end();
    const deadlineMs = 300 + 50 * (round % 3);
    server.write(
      "prometheus.yml",
      config(`queue_config: {batch_send_deadline: ${deadlineMs}ms, max_backoff: ${backoffMax}}`),
    );
    const reloaded = await fetch(`${server.base}/-/reload`, { method: "POST" });
    expect(reloaded.status).toBe(200);
    const before = sink.requests;
    await eventually("the new queue sends", async () => sink.requests > before + 1);
  }
  sink.answer = (response) => void response.writeHead(204).end();
  const before = sink.last;
  await eventually("all is there", async () => sink.last > before + 20);
  // What a request carried that was broken off is sent again.
  await expectStored(sink, server.base, { repeats: true });
});

it("a shutdown sends what is left, within the deadline for it", async () => {
  const { sink, scrapes, config } = await prepare();
  const server = await startServer({ config: config("queue_config: {batch_send_deadline: 1h}") });
  await eventually("some are scraped", async () => scrapes() > 10);
  expect(sink.requests).toBe(0);
  await server.program.kill("SIGTERM");
  expectInOrder(sink.numbers["a"]!);
  expect(sink.last).toBeGreaterThanOrEqual(scrapes() - 2);

  const stuck = await prepare();
  stuck.sink.answer = () => {};
  const flags = ["--storage.remote.flush-deadline=1s"];
  const other = await startServer({ config: stuck.config("queue_config: {batch_send_deadline: 100ms}"), flags });
  await eventually("it waits", async () => stuck.sink.requests > 0);
  const before = Date.now();
  await other.program.kill("SIGTERM");
  expect(Date.now() - before).toBeLessThan(15_000);
  expect(other.program.output()).toContain("Failed to flush all samples on shutdown");
});

it("with --storage.remote.resume a sender that is killed loses nothing", { timeout: 240_000 }, async () => {
  const { sink, config } = await prepare();
  const flags = ["--storage.remote.resume"];
  const folder = freshFolder();
  const placeFile = join(folder, "data", "remote-write.json");
  const placeNow = (): string => (existsSync(placeFile) ? readFileSync(placeFile, "utf8") : "");
  const [port] = (await freePorts(1)) as [number];
  writeFileSync(join(folder, "prometheus.yml"), config());
  const run = async (): Promise<Running> => {
    const program = startNarthex([
      "server",
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ]);
    await answers(program, `http://127.0.0.1:${port}/-/ready`);
    return program;
  };
  let program = await run();
  let place = "";
  await eventually("some are sent", async () => sink.last > 5);
  for (let round = 0; round < 3; round++) {
    sink.answer = (response) => void response.writeHead(503).end();
    const before = sink.requests;
    await eventually("it waits", async () => sink.requests > before + 10);
    // Places are kept every five seconds: until then an earlier one holds, which the second life goes on from.
    if (round !== 1) await eventually("its place is kept", async () => placeNow() !== place);
    await program.kill("SIGKILL");
    place = placeNow();
    program = await run();
    sink.answer = (response) => void response.writeHead(204).end();
    const last = sink.last;
    await eventually("it goes on", async () => sink.last > last + 5);
  }
  await expectStored(sink, `http://127.0.0.1:${port}`, { repeats: true });
});
