// /proc/net/softnet_stat: how each CPU gets along with incoming packets; hexadecimal columns without names.
import { type Collector, defineCollector } from "../collector.js";
import { counter, gauge, type MetricSpec } from "../families.js";
import { fieldsOf, readLines } from "../files.js";

const columns: readonly (readonly [column: number, spec: MetricSpec])[] = [
  [0, counter("node_softnet_processed_total", "Packets processed.")],
  [1, counter("node_softnet_dropped_total", "Packets dropped for want of room in the queue.")],
  [2, counter("node_softnet_times_squeezed_total", "Times the CPU stopped with packets left to process.")],
  [8, counter("node_softnet_cpu_collision_total", "Times another CPU held the device while sending.")],
  [9, counter("node_softnet_received_rps_total", "Times another CPU asked to process packets.")],
  [10, counter("node_softnet_flow_limit_count_total", "Times the limit of a flow was reached.")],
  [11, gauge("node_softnet_backlog_len", "Packets in the queue.")],
];
const cpuColumn = 12;

export const softnet: Collector = defineCollector({
  name: "softnet",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      for (const [row, line] of readLines(paths.proc("net/softnet_stat")).entries()) {
        const values = fieldsOf(line).map((value) => Number.parseInt(value, 16));
        // Kernels before 5.10 list CPUs by order alone.
        const cpu = String(values[cpuColumn] ?? row);
        for (const [column, spec] of columns) table.add(spec, values[column] ?? 0, { cpu });
      }
    };
  },
});
