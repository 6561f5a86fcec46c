// Narthex and Debian's prometheus, each on a copy of the same data.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, findProgram, freePorts, freshFolder, start, startNarthex } from "../processes.js";
import { lateWindowMs, writeBlocks, writeMixed } from "./data.js";

/** Data in one block, or in blocks, head and logs. */
export async function startBoth(seed: number, scene: "block" | "mixed"): Promise<[string, string]> {
  const prometheus = findProgram("prometheus");
  if (prometheus === undefined) throw new Error("no prometheus to compare with");
  const folder = freshFolder();
  if (scene === "mixed") await writeMixed(join(folder, "ours"), seed);
  else await writeBlocks(join(folder, "ours"), join(folder, "scratch"), seed);
  cpSync(join(folder, "ours"), join(folder, "theirs"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, `storage: { tsdb: { out_of_order_time_window: ${lateWindowMs / 60_000}m } }\n`);
  const [oursPort, theirsPort] = await freePorts(2);
  const flags = (data: string, port: number | undefined): string[] => [
    "--enable-feature=promql-per-step-stats",
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, data)}`,
    "--storage.tsdb.retention.time=100y",
    // Nothing is compacted while queries are compared.
    "--storage.tsdb.min-block-duration=24h",
    "--storage.tsdb.max-block-duration=24h",
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const ours = `http://127.0.0.1:${oursPort}`;
  const theirs = `http://127.0.0.1:${theirsPort}`;
  const ownFlags = [...flags("ours", oursPort), "--enable-feature=promql-experimental-functions"];
  await answers(startNarthex(["server", ...ownFlags]), `${ours}/-/ready`);
  const peerFlags = [...flags("theirs", theirsPort), "--enable-feature=native-histograms"];
  await answers(start(prometheus, peerFlags), `${theirs}/-/ready`);
  return [ours, theirs];
}
