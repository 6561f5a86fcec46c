// Blocks from an OpenMetrics file, ours beside promtool's: node bench/end-to-end/import.mjs SERIES HOURS INTERVAL_S [narthex,promtool]
// Series stand one after the other, as a dump has them. CPU time and peak memory are those that /usr/bin/time reads.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [series = 500, hours = 24, intervalSeconds = 15] = process.argv.slice(2, 5).map(Number);
const systems = (process.argv[5] ?? "narthex,promtool").split(",");
const program = fileURLToPath(new URL("../../apps/narthex/bundle/main.js", import.meta.url));
const commands = { narthex: [process.execPath, program, "tool"], promtool: ["promtool"] };
const start = 1_700_000_000;

const folder = mkdtempSync(join(tmpdir(), "narthex-import-"));
try {
  const input = join(folder, "in.om");
  const samples = writeInput(input);
  console.log(`${samples} samples of ${series} series, ${(statSync(input).size / 2 ** 20).toFixed(0)} MiB`);
  for (const system of systems) console.log(measure(system, input));
} finally {
  rmSync(folder, { recursive: true });
}

function writeInput(path) {
  const file = openSync(path, "w");
  const steps = Math.floor((hours * 3600) / intervalSeconds);
  let state = 1;
  writeSync(file, "# TYPE http_requests counter\n");
  for (let i = 0; i < series; i++) {
    const labels = `http_requests_total{method="GET",code="200",instance="host-${i}:9090",job="api"}`;
    const lines = [];
    for (let step = 0, value = 0; step < steps; step++) {
      state = (state * 48_271) % 2_147_483_647;
      value += state % 100;
      lines.push(`${labels} ${value} ${start + step * intervalSeconds}\n`);
    }
    writeSync(file, lines.join(""));
  }
  writeSync(file, "# EOF\n");
  closeSync(file);
  return series * steps;
}

function measure(system, input) {
  const output = join(folder, system);
  const [command, ...args] = [...commands[system], "tsdb", "create-blocks-from", "openmetrics", input, output];
  const timed = spawnSync("/usr/bin/time", ["-f", "%U %S %M %e", command, ...args], { encoding: "utf8" });
  if (timed.status !== 0) throw new Error(`${system} failed: ${timed.stderr}`);
  const [user, system_, kilobytes, seconds] = timed.stderr.trim().split("\n").at(-1).split(" ").map(Number);
  // promtool dumps no directory without a log folder.
  mkdirSync(join(output, "wal"));
  const dump = spawnSync("sh", ["-c", `promtool tsdb dump ${output} | md5sum`], { encoding: "utf8" }).stdout.split(
    " ",
  )[0];
  return `${system}: CPU ${(user + system_).toFixed(1)} s, peak ${(kilobytes / 1024).toFixed(0)} MiB, ${seconds} s, samples ${dump}`;
}
