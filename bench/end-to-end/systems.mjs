// The systems that are measured side by side: how each is started, and what the kernel says of its processes.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const narthex = fileURLToPath(new URL("../../apps/narthex/bundle/main.js", import.meta.url));
const prometheusFlags = ({ config, data, port }) => [
  `--config.file=${config}`,
  `--storage.tsdb.path=${data}`,
  "--storage.tsdb.retention.time=100y",
  `--web.listen-address=127.0.0.1:${port}`,
  "--log.level=error",
];

/** By name: the command line for a config file, a data folder and a port. */
export const systems = {
  narthex: (place) => [process.execPath, narthex, "server", ...prometheusFlags(place)],
  prometheus: (place) => ["prometheus", ...prometheusFlags(place)],
  victoria: ({ config, data, port }) => [
    "victoria-metrics",
    `-promscrape.config=${config}`,
    `-storageDataPath=${data}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    "-loggerLevel=ERROR",
  ],
};

/** Without what has Node.js read and parse the machine's certificates at each start, 0.06 s of CPU, which nobody asks for here. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

export function startSystem(name, place, logFile) {
  const [command, ...args] = systems[name](place);
  return spawn(command, args, { stdio: ["ignore", logFile, logFile], env });
}

/** The process and all below it. */
function treeOf(pid) {
  const tree = [pid];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    for (const child of children.split(" ").filter(Boolean)) tree.push(...treeOf(Number(child)));
  }
  return tree;
}

const ticksPerSecond = 100;

/** User and system time so far, in seconds. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const one of treeOf(pid)) {
    const fields = readFileSync(`/proc/${one}/stat`, "utf8").split(") ")[1].split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / ticksPerSecond;
}

/** VmRSS now, or VmHWM for the peak. */
export function residentBytes(pid, field = "VmRSS") {
  let kib = 0;
  for (const one of treeOf(pid)) {
    kib += Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${one}/status`, "utf8"))[1]);
  }
  return kib * 1024;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
