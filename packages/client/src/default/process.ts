// process_*: what the operating system knows of the process. Read from process and, on Linux, /proc/self.
import { readdirSync, readFileSync } from "node:fs";
import { Counter } from "../counter.js";
import { Gauge } from "../gauge.js";
import type { DefaultScope } from "./scope.js";

export function addProcessMetrics(scope: DefaultScope): void {
  addCpuMetrics(scope);
  addStartTime(scope);
  addMemoryMetrics(scope);
  addFileDescriptorMetrics(scope);
}

function addCpuMetrics({ registers, prefix, labels, labelNames }: DefaultScope): void {
  const counter = (kind: string, what: string): Counter =>
    new Counter({
      name: `${prefix}process_cpu_${kind}seconds_total`,
      help: `Total ${what} spent in seconds.`,
      registers,
      labelNames,
    });
  const user = counter("user_", "user CPU time").labels(labels);
  const system = counter("system_", "system CPU time").labels(labels);
  const all = new Counter({
    name: `${prefix}process_cpu_seconds_total`,
    help: "Total user and system CPU time spent in seconds.",
    registers,
    labelNames,
    collect() {
      const usage = process.cpuUsage();
      const userSeconds = usage.user / 1e6;
      const systemSeconds = usage.system / 1e6;
      // cpuUsage counts from the start of the process, so the difference is what came since.
      user.inc(Math.max(0, userSeconds - user.value));
      system.inc(Math.max(0, systemSeconds - system.value));
      const total = this.labels(labels);
      total.inc(Math.max(0, userSeconds + systemSeconds - total.value));
    },
  });
  all.labels(labels);
}

function addStartTime({ registers, prefix, labels, labelNames }: DefaultScope): void {
  const help = "Start time of the process since unix epoch in seconds.";
  const gauge = new Gauge({ name: `${prefix}process_start_time_seconds`, help, registers, labelNames });
  gauge.labels(labels).set(Math.round(registers[0].clock.now() / 1000 - process.uptime()));
}

function addMemoryMetrics({ registers, prefix, labels, labelNames }: DefaultScope): void {
  const gauge = (name: string, help: string, read: () => number | undefined): Gauge =>
    new Gauge({
      name: prefix + name,
      help,
      registers,
      labelNames,
      collect() {
        const value = read();
        if (value !== undefined) this.labels(labels).set(value);
      },
    });
  gauge("process_resident_memory_bytes", "Resident memory size in bytes.", () => process.memoryUsage.rss());
  if (statusBytes("VmSize") === undefined) return;
  gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", () => statusBytes("VmSize"));
  gauge("process_heap_bytes", "Process heap size in bytes.", () => statusBytes("VmData"));
}

// A line of /proc/self/status such as "VmSize:  1234 kB"; undefined where there is none.
function statusBytes(field: string): number | undefined {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readProc("status"));
  return match ? Number(match[1]) * 1024 : undefined;
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, "utf8");
  } catch {
    // No /proc on this system: the metrics that need it are not declared.
    return "";
  }
}

function addFileDescriptorMetrics({ registers, prefix, labels, labelNames }: DefaultScope): void {
  const filesMax = /^Max open files\s+(\d+|unlimited)/m.exec(readProc("limits"))?.[1];
  if (filesMax === undefined) return;
  new Gauge({
    name: `${prefix}process_open_fds`,
    help: "Number of open file descriptors.",
    registers,
    labelNames,
    collect() {
      // Less the one that reads the folder.
      this.labels(labels).set(readdirSync("/proc/self/fd").length - 1);
    },
  });
  const help = "Maximum number of open file descriptors.";
  const gauge = new Gauge({ name: `${prefix}process_max_fds`, help, registers, labelNames });
  gauge.labels(labels).set(filesMax === "unlimited" ? Infinity : Number(filesMax));
}
