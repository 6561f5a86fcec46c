// /proc/buddyinfo: free memory by size of the contiguous blocks.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

const blocks = gauge("node_buddyinfo_blocks", "Free blocks of two to the power of size pages.");

export const buddyinfo: Collector = defineCollector({
  name: "buddyinfo",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      for (const line of readLines(paths.proc("buddyinfo"))) {
        const [, node, zone, counts] = /^Node\s+(\d+), zone\s+(\S+)\s+(.*)$/.exec(line) ?? [];
        if (node === undefined) throw new Error(`unexpected line in buddyinfo: ${line}`);
        for (const [size, count] of fieldsOf(counts as string).entries()) {
          table.add(blocks, Number(count), { node, zone: zone as string, size: String(size) });
        }
      }
    };
  },
});
