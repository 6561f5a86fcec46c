// /proc/softirqs: soft interrupts by kind and CPU.
import { type Collector, defineCollector } from "../collector.js";
import { counter } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

const total = counter("node_softirqs_functions_total", "Soft interrupts by kind and CPU.");

export const softirqs: Collector = defineCollector({
  name: "softirqs",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      const [head = "", ...lines] = readLines(paths.proc("softirqs"));
      const cpus = fieldsOf(head).map((name) => name.replace(/^CPU/, ""));
      for (const line of lines) {
        const [type = "", ...counts] = fieldsOf(line);
        for (const [i, cpu] of cpus.entries()) {
          table.add(total, Number(counts[i] ?? 0), { cpu, type: type.replace(/:$/, "") });
        }
      }
    };
  },
});
