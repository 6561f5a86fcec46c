// Debian's prometheus-node-exporter, where it is installed, beside ours on this machine: the same collectors have to
// tell the same metrics with the same labels. Values differ, for the two look at different times.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { collectors } from "./collectors.js";
import { scrapeWith } from "./testdata/scrape.js";

const binary = "/usr/bin/prometheus-node-exporter";
const port = 21_810;

// Debian's is version 1.5; ours follows a later one.
const justified: Readonly<Record<string, string>> = {
  node_exporter_build_info: "the label tags came with 1.6",
  node_filesystem_mount_info: "came with 1.9",
  node_softnet_backlog_len: "came with 1.6",
  node_softnet_cpu_collision_total: "came with 1.6",
  node_softnet_flow_limit_count_total: "came with 1.6",
  node_softnet_received_rps_total: "came with 1.6",
  node_cpu_online: "came with 1.9",
  node_netstat_TcpExt_TCPOFOQueue: "among the default fields since 1.8",
  node_netstat_TcpExt_TCPRcvQDrop: "among the default fields since 1.6",
};

// Labels that later versions added to a metric; empty ones, which Prometheus does not store, are not compared.
const labelsAdded: Readonly<Record<string, readonly string[]>> = {
  node_disk_info: ["rotational"],
  node_network_info: ["adminstate"],
};

/** "name{labels}" of every series, less empty labels. */
function shapes(text: string): Set<string> {
  const found = new Set<string>();
  for (const line of text.split("\n")) {
    const [, name, labels = ""] = /^(node_\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const names = [...labels.matchAll(/(\w+)="(?!")/g)].map((match) => match[1] as string);
    const kept = names.filter((label) => !labelsAdded[name]?.includes(label));
    found.add(`${name}{${kept.sort().join(",")}}`);
  }
  return found;
}

function withoutJustified(names: Iterable<string>): string[] {
  return [...names].filter((shape) => !(shape.replace(/\{.*/, "") in justified)).sort();
}

async function firstAnswer(url: string): Promise<string> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

// Collectors that came later.
const unknownToDebian: ReadonlySet<string> = new Set(["--collector.kernel_hung", "--collector.watchdog"]);

const args = collectors.filter((collector) => collector.isDefault).map(({ name }) => `--collector.${name}`);
const absence = existsSync(binary) ? "" : `(not checked: ${binary} is not installed)`;

test(`Debian's node exporter tells the same metrics and labels ${absence}`, async () => {
  if (absence !== "") return;
  const known = args.filter((arg) => !unknownToDebian.has(arg));
  const theirs = spawn(binary, ["--collector.disable-defaults", `--web.listen-address=127.0.0.1:${port}`, ...known], {
    stdio: "ignore",
  });
  try {
    const theirText = await firstAnswer(`http://127.0.0.1:${port}/metrics`);
    const { text } = await scrapeWith(["--collector.disable-defaults", ...known]);
    const own = shapes(text);
    const peer = shapes(theirText);
    const missing = withoutJustified([...peer].filter((shape) => !own.has(shape)));
    const extra = withoutJustified([...own].filter((shape) => !peer.has(shape)));
    process.stdout.write(`node exporter: ${peer.size} shapes of Debian's, ${own.size} of ours\n`);
    expect({ missing, extra }).toEqual({ missing: [], extra: [] });
  } finally {
    theirs.kill("SIGKILL");
  }
});
