// Agents that scrape, are killed with kill -9 and go on where they were, by turns ours and Debian's on one directory: each
// finds the other's log sound and knows its series, checkpoints included, and what an agent sends comes whole and in order.
// AGENT_LIVES=60 for a long run.
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { randomFrom } from "@narthex/stdx";
import { chromium } from "playwright-core";
import { expect, it } from "vitest";
import { ask } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, type Running, start, startNarthex } from "./processes.js";
import { startServer } from "./server.js";

const prometheus = findProgram("prometheus");
const chromiumPath = process.env["CHROMIUM"] ?? findProgram("chromium");
const lives = Number(process.env["AGENT_LIVES"] ?? 8);
const lifeMsMax = 4000;
const seriesCount = 20;

/** Each scrape has the next number in all of its samples. */
async function listenNumbered(port: number): Promise<() => void> {
  let scrape = 0;
  const server = createServer((_, response) => {
    scrape++;
    const lines = Array.from({ length: seriesCount }, (_unused, i) => `numbered{i="${i}"} ${scrape}`);
    // Series that come and go: truncation forgets them.
    lines.push(`passing{run="${Math.floor(scrape / 5)}"} ${scrape}`);
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`${lines.join("\n")}\n`);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return () => server.close();
}

type Life = "ours" | "ours, checkpoints from memory" | "Debian's";

const kinds: readonly Life[] = ["ours", "Debian's", "ours, checkpoints from memory", "Debian's"];

function startAgent(kind: Life, { config, data, port }: { config: string; data: string; port: number }): Running {
  const flags = [
    `--config.file=${config}`,
    `--storage.agent.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--storage.agent.wal-truncate-frequency=1s",
    "--storage.agent.retention.min-time=1s",
    "--storage.agent.retention.max-time=2s",
  ];
  if (kind === "Debian's" && prometheus) return start(prometheus, [...flags, "--enable-feature=agent"]);
  const memory = kind === "ours, checkpoints from memory" ? ["--storage.agent.checkpoint-from-in-memory-series"] : [];
  return startNarthex(["server", "--agent", ...flags, ...memory]);
}

async function metric(base: string, name: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  return Number(line?.split(" ").at(-1));
}

type Matrix = readonly { readonly values: readonly (readonly [t: number, v: string])[] }[];

it(`kill -9 costs an agent what was not sent, and nothing else (${lives} lives)`, {
  timeout: 120_000 + lives * 20_000,
}, async () => {
  const random = randomFrom(1);
  const folder = freshFolder();
  const data = join(folder, "agent");
  const [port, targetPort] = (await freePorts(2)) as [number, number];
  const stopTarget = await listenNumbered(targetPort);
  const receiver = await startServer({ config: "global: {}\n", flags: ["--web.enable-remote-write-receiver"] });
  const config = join(folder, "agent.yml");
  writeFileSync(
    config,
    `global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs: [{job_name: app, static_configs: [{targets: ['127.0.0.1:${targetPort}']}]}]
remote_write: [{url: '${receiver.base}/api/v1/write', queue_config: {batch_send_deadline: 250ms}}]
`,
  );
  const base = `http://127.0.0.1:${port}`;
  let checkpoints = 0;
  for (let life = 0; life < lives; life++) {
    const kind = kinds[life % kinds.length] as Life;
    const agent = startAgent(kind, { config, data, port });
    await answers(agent, `${base}/-/ready`);
    const about = `life ${life}, ${kind}`;
    expect(await metric(base, "prometheus_agent_corruptions_total"), about).toBe(0);
    // All but the first find the series of the life before.
    if (life > 0)
      expect(await metric(base, "prometheus_agent_active_series"), about).toBeGreaterThanOrEqual(seriesCount);
    await eventually(`${about} sends`, async () => (await metric(base, "prometheus_remote_storage_samples_total")) > 0);
    await new Promise((resolve) => setTimeout(resolve, random() * lifeMsMax));
    expect(await metric(base, "prometheus_agent_out_of_order_samples_total"), about).toBe(0);
    await agent.kill("SIGKILL");
    if (readdirSync(join(data, "wal")).some((name) => name.startsWith("checkpoint."))) checkpoints++;
  }
  expect(checkpoints).toBeGreaterThan(0);
  const parameters = new URLSearchParams({ query: "numbered[1h]" });
  const { result } = await ask<{ result: Matrix }>(receiver.base, `/api/v1/query?${parameters}`);
  expect(result).toHaveLength(seriesCount);
  for (const { values } of result) {
    const numbers = values.map(([, v]) => Number(v)).filter((v) => !Number.isNaN(v));
    const steps = numbers.slice(1).map((v, i) => v - (numbers[i] as number));
    expect(Math.min(...steps)).toBeGreaterThan(0);
    // Where a life ended, something may be missing, and nowhere else.
    expect(steps.filter((step) => step > 1).length).toBeLessThan(lives);
    expect(numbers.length).toBeGreaterThan(lives);
  }
  stopTarget();
});

it("flags and features of before are answered as Prometheus 3 answers them", async () => {
  const folder = freshFolder();
  const [port] = (await freePorts(1)) as [number];
  writeFileSync(join(folder, "prometheus.yml"), "global: {}\n");
  const server = startNarthex(["server", "--agent", "--query.timeout=1m"], folder);
  expect(await server.exit()).toBe(3);
  expect(server.output()).toContain('The following flag(s) can not be used in agent mode: ["--query.timeout"]');
  const old = startNarthex(["server", "--enable-feature=agent", `--web.listen-address=127.0.0.1:${port}`], folder);
  await answers(old, `http://127.0.0.1:${port}/api/v1/labels`);
  expect(old.output()).toMatch(/level=WARN msg="Unknown option for --enable-feature" option=agent/);
});

it.skipIf(!chromiumPath)(
  "the UI shows what an agent sends, and no page that it has no use for (Chromium)",
  async () => {
    const folder = freshFolder();
    const [port, lostPort] = (await freePorts(2)) as [number, number];
    const base = `http://127.0.0.1:${port}`;
    const config = join(folder, "agent.yml");
    writeFileSync(
      config,
      `global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
remote_write: [{name: lost, url: 'http://127.0.0.1:${lostPort}/write', queue_config: {batch_send_deadline: 1s}}]
`,
    );
    await answers(startAgent("ours", { config, data: join(folder, "agent"), port }), `${base}/-/ready`);
    const browser = await chromium.launch({
      executablePath: chromiumPath as string,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(60_000);
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(`${base}/`);
      await page.waitForURL(/\/agent$/);
      await page.getByText("Active series").waitFor();
      const endpoint = page.getByRole("region", { name: "Endpoint lost" });
      await endpoint.getByText("Not keeping up").waitFor();
      expect(await page.getByRole("navigation").getByRole("link").allInnerTexts()).toEqual(["Agent", "Targets"]);
      await page.keyboard.press("g");
      await page.keyboard.press("t");
      await page.getByText("All 1 target up").waitFor();
      expect((await page.goto(`${base}/query`))?.status()).toBe(404);
      await page.getByText("No such page").waitFor();
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);
