// /proc/net/stat: counters of the network stack's tables by CPU; a line of names, then hexadecimal lines.
import { type Collector, defineCollector } from "../collector.js";
import { counter } from "../families.js";
import { fieldsOf, listFolder, readLines } from "../files.js";

export const lnstat: Collector = defineCollector({
  name: "lnstat",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      for (const subsystem of listFolder(paths.proc("net/stat")) ?? []) {
        const [head = "", ...lines] = readLines(paths.proc(`net/stat/${subsystem}`));
        const names = fieldsOf(head);
        for (const [row, line] of lines.entries()) {
          for (const [i, value] of fieldsOf(line).entries()) {
            const spec = counter(`node_lnstat_${names[i]}_total`, `Counter ${names[i]} of the table.`);
            table.add(spec, Number.parseInt(value, 16), { cpu: String(row), subsystem });
          }
        }
      }
    };
  },
});
