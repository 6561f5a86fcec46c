// Narthex sends what it scrapes by remote write: version 1 to Debian's Prometheus, version 2 to another Narthex. What arrives is
// what was stored, whatever happens on the way.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask, query, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, type Running, start } from "./processes.js";
import { startServer, type TestServer } from "./server.js";

const prometheus = findProgram("prometheus");
const second = "io.prometheus.write.v2.Request";

function startReceiver(): Promise<TestServer> {
  const accepted = ["prometheus.WriteRequest", second].map(
    (message) => `--web.remote-write-receiver.accepted-protobuf-messages=${message}`,
  );
  const flags = ["--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage", ...accepted];
  return startServer({ config: "storage: {tsdb: {out_of_order_time_window: 10m}}\n", flags });
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
