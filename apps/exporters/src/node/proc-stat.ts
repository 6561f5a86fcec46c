// /proc/stat, as the cpu and the stat collector read it.
// Prometheus: the kernel counts in ticks of USER_HZ, which is 100 on every architecture that Linux still supports.
import { fieldsOf, readLines } from "./files.js";
import type { Paths } from "./paths.js";

const ticksPerSecond = 100;

export type CpuTimes = {
  /** "0", "1", … */
  readonly cpu: string;
  /** user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; fewer on old kernels. */
  readonly seconds: readonly number[];
};

export type ProcStat = {
  readonly cpus: readonly CpuTimes[];
  /** First value of every other line by its first word: ctxt, btime, processes, … */
  readonly values: ReadonlyMap<string, number>;
  /** The counts per vector after the total of the softirq line. */
  readonly softirqs: readonly number[];
};

export function readProcStat(paths: Paths): ProcStat {
  const cpus: CpuTimes[] = [];
  const values = new Map<string, number>();
  let softirqs: number[] = [];
  for (const line of readLines(paths.proc("stat"))) {
    if (line.startsWith("cpu")) {
      const [name = "", ...ticks] = fieldsOf(line);
      if (name !== "cpu")
        cpus.push({ cpu: name.slice(3), seconds: ticks.map((tick) => Number(tick) / ticksPerSecond) });
      continue;
    }
    // The intr line has hundreds of fields of which only the first counts: it is never split.
    const [name = "", value = ""] = line.split(" ", 2);
    if (value !== "") values.set(name, Number(value));
    if (name === "softirq") softirqs = fieldsOf(line).slice(2).map(Number);
  }
  return { cpus, values, softirqs };
}
