// /proc/meminfo: every line is a metric.
import { type Collector, defineCollector } from "../collector.js";
import { counter, gauge } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

export const meminfo: Collector = defineCollector({
  name: "meminfo",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      for (const line of readLines(paths.proc("meminfo"))) {
        const [label = "", amount = "", unit] = fieldsOf(line);
        if (amount === "") continue;
        const field = memoryField(label) + (unit === "kB" ? "_bytes" : "");
        const name = `node_memory_${field}`;
        const help = `The ${field} line of /proc/meminfo.`;
        const spec = name.endsWith("_total") ? counter(name, help) : gauge(name, help);
        table.add(spec, Number(amount) * (unit === "kB" ? 1024 : 1));
      }
    };
  },
});

/** "Active(anon):" → "Active_anon". */
export function memoryField(label: string): string {
  return label.replace(/:$/, "").replace(/\((.*)\)/, "_$1");
}
