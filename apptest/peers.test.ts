// Beside Debian's own programs: the same configuration and targets give the same series, the same collectors the same names.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { query, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, findProgram, freePorts, freshFolder, root, start, startNarthex } from "./processes.js";

const prometheus = findProgram("prometheus");
const nodeExporter = findProgram("prometheus-node-exporter");

const expressions = [
  "up",
  "shop_orders_waiting",
  "shop_requests_total",
  "rate(shop_requests_total[10s])",
  "sum by (path) (increase(shop_requests_total[10s]))",
  "histogram_quantile(0.9, sum by (le) (rate(shop_request_duration_seconds_bucket[10s])))",
  "count by (job) ({__name__=~'node_.+'})",
  // What the exporter's process is at has a series only while it is at it: one of the two may have asked just then.
  "count by (__name__) ({job='node', __name__!~'nodejs_active_(handles|requests|resources)'})",
  "sum by (mode) (rate(node_cpu_seconds_total[10s]))",
  "scrape_samples_scraped * on (instance) group_left scrape_samples_post_metric_relabeling",
  "node_memory_MemTotal_bytes",
  "label_replace(up, 'host', '$1', 'instance', '(.*):.*')",
];

describe.skipIf(!prometheus)("Debian's prometheus on the same targets (prometheus)", () => {
  it("returns the same series set for every query over the same seconds", async () => {
    const folder = freshFolder();
    const [shopPort, nodePort, oursPort, theirsPort] = await freePorts(4);
    const config = join(folder, "prometheus.yml");
    writeFileSync(
      config,
      `global: {scrape_interval: 1s, scrape_timeout: 1s, external_labels: {zone: z}}
scrape_configs:
- {job_name: shop, static_configs: [{targets: ['127.0.0.1:${shopPort}'], labels: {team: a}}]}
- job_name: node
  static_configs: [{targets: ['127.0.0.1:${nodePort}']}]
  metric_relabel_configs:
  - {source_labels: [__name__], regex: 'node_scrape_.*', action: drop}
- {job_name: gone, static_configs: [{targets: ['127.0.0.1:1']}]}
`,
    );
    const shop = start(process.execPath, [join(root, "apptest", "programs", "shop.mjs"), String(shopPort)]);
    const node = startNarthex(["exporter", "node", `--web.listen-address=127.0.0.1:${nodePort}`]);
    await answers(shop, `http://127.0.0.1:${shopPort}/metrics`);
    await answers(node, `http://127.0.0.1:${nodePort}/metrics`);
    await fetch(`http://127.0.0.1:${shopPort}/waiting/7`);
    const ours = `http://127.0.0.1:${oursPort}`;
    const theirs = `http://127.0.0.1:${theirsPort}`;
    const flags = (data: string, port: number | undefined): string[] => [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, data)}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    await answers(startNarthex(["server", ...flags("ours", oursPort)]), `${ours}/-/ready`);
    await answers(start(prometheus as string, flags("theirs", theirsPort)), `${theirs}/-/ready`);
    for (const base of [ours, theirs]) {
      await eventually(
        `${base} has ten seconds of samples`,
        async () => ((await value(base, "min(count_over_time(up[1m]))")) ?? 0) >= 12,
      );
    }
    const time = Date.now() / 1000 - 1;
    for (const expression of expressions) {
      const seriesOf = async (base: string): Promise<string[]> =>
        (await query(base, expression, time)).map(({ metric }) => JSON.stringify(Object.entries(metric).sort())).sort();
      const [own, peer] = await Promise.all([seriesOf(ours), seriesOf(theirs)]);
      expect([expression, own]).toEqual([expression, peer]);
      expect([expression, own.length > 0]).toEqual([expression, true]);
    }
  });
});

describe.skipIf(!nodeExporter)("Debian's node exporter (prometheus-node-exporter)", () => {
  it("exposes the same names for the collectors that are built", async () => {
    const collectors = [
      "cpu",
      "stat",
      "meminfo",
      "loadavg",
      "diskstats",
      "filesystem",
      "netdev",
      "uname",
      "time",
      "vmstat",
    ];
    const [oursPort, theirsPort] = await freePorts(2);
    const only = ["--collector.disable-defaults", ...collectors.map((name) => `--collector.${name}`)];
    const address = (port: number | undefined): string => `--web.listen-address=127.0.0.1:${port}`;
    await answers(
      startNarthex(["exporter", "node", ...only, address(oursPort)]),
      `http://127.0.0.1:${oursPort}/metrics`,
    );
    await answers(
      start(nodeExporter as string, [...only, address(theirsPort)]),
      `http://127.0.0.1:${theirsPort}/metrics`,
    );
    const names = async (port: number | undefined): Promise<string[]> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const found = [...text.matchAll(/^# TYPE (node_\S+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
      return found.filter((name) => !name.startsWith("node_exporter_build_info")).sort();
    };
    const [own, peer] = await Promise.all([names(oursPort), names(theirsPort)]);
    expect(peer.filter((name) => !own.includes(name))).toEqual([]);
    const newerThanDebian = /^node_(cpu_online|filesystem_mount_info|filesystem_purgeable_bytes) /;
    expect(own.filter((name) => !peer.includes(name) && !newerThanDebian.test(name))).toEqual([]);
  });
});
