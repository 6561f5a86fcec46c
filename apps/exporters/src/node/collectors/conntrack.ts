// Connection tracking of the packet filter: entries, their limit, and counters summed over the CPUs.
import { type Collector, defineCollector, NoDataError } from "../collector.js";
import { gauge } from "../families.js";
import { fieldsOf, isMissing, readLines, readNumber } from "../files.js";

const entries = gauge("node_nf_conntrack_entries", "Connections that are tracked.");
const limit = gauge("node_nf_conntrack_entries_limit", "Connections that may be tracked at once.");

// Columns of /proc/net/stat/nf_conntrack that are reported.
const columns = [
  "found",
  "invalid",
  "ignore",
  "insert",
  "insert_failed",
  "drop",
  "early_drop",
  "search_restart",
] as const;

export const conntrack: Collector = defineCollector({
  name: "conntrack",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const count = readNumber(paths.proc("sys/net/netfilter/nf_conntrack_count"));
      const max = readNumber(paths.proc("sys/net/netfilter/nf_conntrack_max"));
      if (count === undefined || max === undefined) throw new NoDataError("connections are not tracked");
      table.add(entries, count);
      table.add(limit, max);
      const sums = columnSums(paths.proc("net/stat/nf_conntrack"));
      for (const column of columns) {
        const sum = sums?.get(column);
        const spec = gauge(`node_nf_conntrack_stat_${column}`, `Connection tracking: ${column}, over all CPUs.`);
        if (sum !== undefined) table.add(spec, sum);
      }
    };
  },
});

// A line of names, then a line of hexadecimal values per CPU.
function columnSums(path: string): Map<string, number> | undefined {
  let lines: string[];
  try {
    lines = readLines(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const names = fieldsOf(lines[0] ?? "");
  const sums = new Map(names.map((name) => [name, 0]));
  for (const line of lines.slice(1)) {
    for (const [i, value] of fieldsOf(line).entries()) {
      const name = names[i];
      if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number.parseInt(value, 16));
    }
  }
  return sums;
}
