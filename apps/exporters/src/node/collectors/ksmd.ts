// /sys/kernel/mm/ksm: merging of equal memory pages.
import { type Collector, defineCollector } from "../collector.js";
import { counter, gauge, type MetricSpec } from "../families.js";
import { readNumber } from "../files.js";

const files: readonly (readonly [file: string, spec: MetricSpec, factor?: number])[] = [
  ["full_scans", counter("node_ksmd_full_scans_total", "Times that all mergeable memory was scanned.")],
  ["general_profit", gauge("node_ksmd_general_profit_bytes", "Memory that merging saves, less what it costs.")],
  ["merge_across_nodes", gauge("node_ksmd_merge_across_nodes", "Whether pages of different nodes are merged.")],
  ["pages_shared", gauge("node_ksmd_pages_shared", "Merged pages.")],
  ["pages_sharing", gauge("node_ksmd_pages_sharing", "Places that merged pages stand for.")],
  ["pages_to_scan", gauge("node_ksmd_pages_to_scan", "Pages to scan before sleeping.")],
  ["pages_unshared", gauge("node_ksmd_pages_unshared", "Pages without an equal.")],
  ["pages_volatile", gauge("node_ksmd_pages_volatile", "Pages that change too fast.")],
  ["run", gauge("node_ksmd_run", "Whether merging runs.")],
  ["sleep_millisecs", gauge("node_ksmd_sleep_seconds", "Time between two scans."), 0.001],
];

export const ksmd: Collector = defineCollector({
  name: "ksmd",
  isDefault: false,
  open: ({ paths }) => {
    return (table) => {
      for (const [file, spec, factor = 1] of files) {
        const value = readNumber(paths.sys(`kernel/mm/ksm/${file}`));
        if (value !== undefined) table.add(spec, value * factor);
      }
    };
  },
});
