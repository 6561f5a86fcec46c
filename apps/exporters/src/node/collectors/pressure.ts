// /proc/pressure: time in which tasks waited for a resource.
// "some" counts time in which at least one task waited, "full" time in which all of them did.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { counter, type MetricSpec } from "../families.js";
import { isAbsence, isMissing, readLines } from "../files.js";

type Resource = { readonly file: string; readonly some?: MetricSpec; readonly full?: MetricSpec };

const resources: readonly Resource[] = [
  {
    file: "cpu",
    some: counter("node_pressure_cpu_waiting_seconds_total", "Time in which tasks waited for a CPU."),
  },
  {
    file: "io",
    some: counter("node_pressure_io_waiting_seconds_total", "Time in which tasks waited for I/O."),
    full: counter("node_pressure_io_stalled_seconds_total", "Time in which no task could go on for lack of I/O."),
  },
  {
    file: "memory",
    some: counter("node_pressure_memory_waiting_seconds_total", "Time in which tasks waited for memory."),
    full: counter(
      "node_pressure_memory_stalled_seconds_total",
      "Time in which no task could go on for lack of memory.",
    ),
  },
  {
    file: "irq",
    full: counter(
      "node_pressure_irq_stalled_seconds_total",
      "Time in which no task could go on because of interrupts.",
    ),
  },
];

const lineForm = /^(some|full) .*total=(\d+)/;

export const pressure: Collector = defineCollector({
  name: "pressure",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      let isPresent = false;
      for (const resource of resources) {
        const lines = pressureLines(paths.proc(`pressure/${resource.file}`));
        isPresent ||= lines.length > 0;
        for (const line of lines) {
          const [, kind, microseconds] = lineForm.exec(line) ?? [];
          const spec = kind === undefined ? undefined : resource[kind as "some" | "full"];
          if (spec) table.add(spec, Number(microseconds) / 1000 / 1000);
        }
      }
      if (!isPresent) throw new NoDataError("the kernel reports no pressure");
    };
  },
});

// Missing before Linux 4.20, and refused where the kernel was started with psi=0.
function pressureLines(path: string): string[] {
  try {
    return readLines(path);
  } catch (error) {
    if (isMissing(error) || isAbsence(error)) return [];
    throw error;
  }
}
