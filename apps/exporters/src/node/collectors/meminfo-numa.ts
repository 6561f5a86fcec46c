// /sys/devices/system/node: memory by NUMA node.
import { type Collector, defineCollector } from "../collector.js";
import { counter, type FamilyTable, gauge } from "../families.js";
import { fieldsOf, listFolder, readLines } from "../files.js";
import { memoryField } from "./meminfo.js";

export const meminfoNuma: Collector = defineCollector({
  name: "meminfo_numa",
  isDefault: false,
  open: ({ paths }) => {
    const root = paths.sys("devices/system/node");
    return (table) => {
      for (const entry of listFolder(root) ?? []) {
        const node = /^node(\d+)$/.exec(entry)?.[1];
        if (node !== undefined) addNode(table, `${root}/${entry}`, node);
      }
    };
  },
});

function addNode(table: FamilyTable, folder: string, node: string): void {
  // "Node 0 MemTotal: 134182340 kB"
  for (const line of readLines(`${folder}/meminfo`)) {
    const [, , label = "", amount = "", unit] = fieldsOf(line);
    if (amount === "") continue;
    const field = memoryField(label);
    const spec = gauge(`node_memory_numa_${field}`, `The ${field} line of the node's meminfo.`);
    table.add(spec, Number(amount) * (unit === "kB" ? 1024 : 1), { node });
  }
  for (const line of readLines(`${folder}/numastat`)) {
    const [name = "", value = ""] = fieldsOf(line);
    table.add(counter(`node_memory_numa_${name}_total`, `The ${name} line of numastat.`), Number(value), { node });
  }
}
