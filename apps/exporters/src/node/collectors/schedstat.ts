// /proc/schedstat: time that tasks ran and waited on each CPU.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { counter } from "../families.js";
import { fieldsOf, isMissing, readLines } from "../files.js";

const running = counter("node_schedstat_running_seconds_total", "Time that the CPU spent running tasks.");
const waiting = counter("node_schedstat_waiting_seconds_total", "Time that tasks waited for the CPU.");
const timeslices = counter("node_schedstat_timeslices_total", "Time slices that the CPU ran.");

const nanosecondsPerSecond = 1e9;

export const schedstat: Collector = defineCollector({
  name: "schedstat",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      for (const line of scheduleLines(paths.proc("schedstat"))) {
        const fields = fieldsOf(line);
        if (!/^cpu\d+$/.test(fields[0] ?? "")) continue;
        const labels = { cpu: (fields[0] as string).slice(3) };
        table.add(running, Number(fields[7]) / nanosecondsPerSecond, labels);
        table.add(waiting, Number(fields[8]) / nanosecondsPerSecond, labels);
        table.add(timeslices, Number(fields[9]), labels);
      }
    };
  },
});

function scheduleLines(path: string): string[] {
  try {
    return readLines(path);
  } catch (error) {
    if (isMissing(error)) throw new NoDataError("the kernel was built without schedstats");
    throw error;
  }
}
