// Processes and threads of the machine, by state.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { listFolder, readAttribute, readNumber } from "../files.js";

const threads = gauge("node_processes_threads", "Threads on the machine.");
const threadStates = gauge("node_processes_threads_state", "Threads on the machine, by state.");
const threadsMax = gauge("node_processes_max_threads", "Threads that there may be.");
const states = gauge("node_processes_state", "Processes on the machine, by state.");
const pids = gauge("node_processes_pids", "Processes on the machine.");
const pidsMax = gauge("node_processes_max_processes", "Process numbers that there may be.");

export const processes: Collector = defineCollector({
  name: "processes",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      const byState = new Map<string, number>();
      const threadsByState = new Map<string, number>();
      let processCount = 0;
      let threadCount = 0;
      for (const pid of (listFolder(paths.proc("")) ?? []).filter(isNumber)) {
        const stat = readStat(paths.proc(`${pid}/stat`));
        // Gone since the folder was read.
        if (stat === undefined) continue;
        processCount++;
        threadCount += stat.threads;
        count(byState, stat.state);
        for (const task of (listFolder(paths.proc(`${pid}/task`)) ?? []).filter(isNumber)) {
          const state = task === pid ? stat.state : readStat(paths.proc(`${pid}/task/${task}/stat`))?.state;
          if (state !== undefined) count(threadsByState, state);
        }
      }
      table.add(threads, threadCount);
      table.add(threadsMax, readNumber(paths.proc("sys/kernel/threads-max")) ?? 0);
      table.add(pids, processCount);
      table.add(pidsMax, readNumber(paths.proc("sys/kernel/pid_max")) ?? 0);
      for (const [state, number] of byState) table.add(states, number, { state });
      for (const [state, number] of threadsByState) table.add(threadStates, number, { thread_state: state });
    };
  },
});

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

// "17 (name) S …": the name may hold anything, so fields count from its last parenthesis.
function readStat(path: string): { state: string; threads: number } | undefined {
  const text = readAttribute(path);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] as string, threads: Number(fields[17]) };
}
