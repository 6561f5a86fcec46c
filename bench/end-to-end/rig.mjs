// The synthetic targets and what scrapes them: one configuration for every system, so that all are asked for the same work.
// Comes from: ingest, series and dashboard. Goes to: targets.mjs, systems.mjs.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSystem } from "./systems.mjs";

function writeConfig(file, { targetsPort, targetCount, intervalS, remoteWrite = "" }) {
  const target = (i) =>
    `  - {targets: ['127.0.0.1:${targetsPort}'], labels: {__metrics_path__: /target/${i}, instance: host-${i}}}\n`;
  const global = `global: {scrape_interval: ${intervalS}s, scrape_timeout: ${intervalS}s}\n`;
  const list = Array.from({ length: targetCount }, (_, i) => target(i)).join("");
  writeFileSync(file, `${global}scrape_configs:\n- job_name: bench\n  static_configs:\n${list}${remoteWrite}`);
}

/**
 * `load.remoteWrite` is a section of the configuration. Targets that are served at `load.targetsPort`, and a folder for one system. `start` starts the system on `load.systemPort` and gives
 * its process; `end` ends both and removes the folder.
 */
export function setUpRig(system, load) {
  const folder = mkdtempSync(join(tmpdir(), `bench-${system}-`));
  const place = { config: join(folder, "prometheus.yml"), data: join(folder, "data"), port: load.systemPort };
  writeConfig(place.config, load);
  const targets = spawn(process.execPath, [
    fileURLToPath(new URL("targets.mjs", import.meta.url)),
    ...[load.targetsPort, load.targetCount, load.seriesCount].map(String),
  ]);
  let child;
  return {
    data: place.data,
    start: () => (child = startSystem(system, place, openSync(join(folder, "log"), "w"))),
    async end() {
      child.kill();
      targets.kill();
      await new Promise((resolve) => child.on("exit", resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
