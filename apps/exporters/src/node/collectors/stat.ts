// /proc/stat apart from the CPU times: boot time, forks, interrupts, context switches, running and blocked processes.
import { booleanFlag } from "@narthex/service";
import { type Collector, defineCollector } from "../collector.js";
import { counter, gauge, type MetricSpec } from "../families.js";
import { readProcStat } from "../proc-stat.js";

const specs: readonly (readonly [word: string, spec: MetricSpec])[] = [
  ["intr", counter("node_intr_total", "Interrupts serviced since boot.")],
  ["ctxt", counter("node_context_switches_total", "Context switches since boot.")],
  ["processes", counter("node_forks_total", "Processes and threads created since boot.")],
  ["btime", gauge("node_boot_time_seconds", "Time of the last boot, in seconds since 1970.")],
  ["procs_running", gauge("node_procs_running", "Processes that run or could run.")],
  ["procs_blocked", gauge("node_procs_blocked", "Processes that wait for I/O.")],
];

const softirqsTotal = counter("node_softirqs_total", "Soft interrupts since boot, by vector.");

// In the order of the softirq line.
const vectors = ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];

const flags = {
  "collector.stat.softirq": booleanFlag(false, "Export soft interrupts per vector."),
};

export const stat: Collector = defineCollector({
  name: "stat",
  isDefault: true,
  flags,
  open: ({ paths, flags: values }) => {
    return (table) => {
      const read = readProcStat(paths);
      for (const [word, spec] of specs) table.add(spec, read.values.get(word) ?? 0);
      if (!values["collector.stat.softirq"]) return;
      for (const [i, vector] of vectors.entries()) table.add(softirqsTotal, read.softirqs[i] ?? 0, { vector });
    };
  },
});
