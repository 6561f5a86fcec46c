// /proc/interrupts: interrupts by source and CPU.
import { type Collector, defineCollector } from "../collector.js";
import { counter } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

const total = counter("node_interrupts_total", "Interrupts by source and CPU.");

export const interrupts: Collector = defineCollector({
  name: "interrupts",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      const [head = "", ...lines] = readLines(paths.proc("interrupts"));
      const cpus = fieldsOf(head).map((name) => name.replace(/^CPU/, ""));
      for (const line of lines) {
        const at = line.indexOf(":");
        const type = line.slice(0, at).trim();
        const fields = fieldsOf(line.slice(at + 1));
        // Sums over all CPUs, as ERR and MIS.
        if (at < 0 || fields.length < cpus.length) continue;
        const rest = fields.slice(cpus.length);
        // Numbered interrupts name their controller, then the devices; others have a description.
        const isNumbered = /^\d+$/.test(type);
        const info = isNumbered ? (rest[0] ?? "") : rest.join(" ");
        const devices = isNumbered ? rest.slice(1).join(" ") : "";
        for (const [i, cpu] of cpus.entries()) table.add(total, Number(fields[i]), { cpu, type, info, devices });
      }
    };
  },
});
