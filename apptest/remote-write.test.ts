// Debian's Prometheus sends what it scrapes to Narthex by remote write; both then hold the same series. `tool push metrics`
// sends version 2.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask, query, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, runNarthex, start } from "./processes.js";
import { startServer, type TestServer } from "./server.js";

const prometheus = findProgram("prometheus");
const messages = ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"];

function startReceiver(): Promise<TestServer> {
  const accepted = messages.map((message) => `--web.remote-write-receiver.accepted-protobuf-messages=${message}`);
  return startServer({ config: "global: {}\n", flags: ["--web.enable-remote-write-receiver", ...accepted] });
}

type Matrix = readonly { readonly metric: Readonly<Record<string, string>>; readonly values: readonly unknown[] }[];

/** Every sample of the job in the seconds up to `time`, by series. */
async function samplesOf(base: string, time: number): Promise<ReadonlyMap<string, unknown>> {
  const parameters = new URLSearchParams({ query: '{job="self"}[1m]', time: String(time) });
  const { result } = await ask<{ result: Matrix }>(base, `/api/v1/query?${parameters}`);
  const keyOf = (metric: Matrix[0]["metric"]): string => JSON.stringify(Object.entries(metric).sort());
  return new Map(result.map(({ metric, values }) => [keyOf(metric), values]));
}

describe.skipIf(!prometheus)("beside Debian's prometheus (prometheus)", () => {
  it("what it scrapes and sends is here what it is there", { timeout: 120_000 }, async () => {
    const receiver = await startReceiver();
    const folder = freshFolder();
    const [port] = (await freePorts(1)) as [number];
    const config = join(folder, "prometheus.yml");
    writeFileSync(
      config,
      `global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
remote_write: [{url: '${receiver.base}/api/v1/write', send_exemplars: true, queue_config: {batch_send_deadline: 1s}}]
`,
    );
    const base = `http://127.0.0.1:${port}`;
    const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "data")}`];
    const debian = start(prometheus as string, [...flags, `--web.listen-address=127.0.0.1:${port}`]);
    await answers(debian, `${base}/-/ready`);
    const scrapes = async (at: string): Promise<number> =>
      (await value(at, 'count_over_time(up{job="self"}[1m])')) ?? 0;
    await eventually("five scrapes were sent", async () => (await scrapes(receiver.base)) >= 5);
    const [last] = await query(receiver.base, 'timestamp(up{job="self"})');
    const time = Number(last?.value[1]);
    const theirs = await samplesOf(base, time);
    expect(theirs.size).toBeGreaterThan(200);
    // Its shards send series by series: the newest scrape may be here in part.
    await eventually("the same samples are on both sides", async () => {
      const ours = await samplesOf(receiver.base, time);
      return JSON.stringify([...ours].sort()) === JSON.stringify([...theirs].sort());
    });
    expect(await value(base, "sum(prometheus_remote_storage_samples_failed_total)")).toBe(0);
  });
});

it.each(messages)("what `tool push metrics` sends as %s is stored", async (message) => {
  const receiver = await startReceiver();
  const file = join(receiver.folder, "metrics");
  writeFileSync(file, '# TYPE pushed counter\npushed{a="1"} 5\npushed{a="2"} 6\n');
  const pushed = await runNarthex(["tool", "push", "metrics", `--protobuf_message=${message}`, receiver.base, file]);
  expect(pushed).toMatchObject({ code: 0, output: expect.stringContaining("SUCCESS") });
  expect(await value(receiver.base, "sum(pushed)")).toBe(11);
});
