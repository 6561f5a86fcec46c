// nodejs_heap_*: V8's memory.
import { getHeapSpaceStatistics } from "node:v8";
import { Gauge } from "../gauge.js";
import type { DefaultScope } from "./scope.js";

export function addHeapMetrics(scope: DefaultScope): void {
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name: scope.prefix + name,
      help,
      registers: scope.registers,
      labelNames: scope.labelNames,
      collect() {
        this.labels(scope.labels).set(read());
      },
    });
  gauge(
    "nodejs_heap_size_total_bytes",
    "Process heap size from Node.js in bytes.",
    () => process.memoryUsage().heapTotal,
  );
  gauge(
    "nodejs_heap_size_used_bytes",
    "Process heap size used from Node.js in bytes.",
    () => process.memoryUsage().heapUsed,
  );
  gauge("nodejs_external_memory_bytes", "Node.js external memory size in bytes.", () => process.memoryUsage().external);
  addSpaceMetrics(scope);
}

function addSpaceMetrics({ registers, prefix, labels, labelNames }: DefaultScope): void {
  const gauge = (kind: "total" | "used" | "available"): Gauge =>
    new Gauge({
      name: `${prefix}nodejs_heap_space_size_${kind}_bytes`,
      help: `Process heap space size ${kind} from Node.js in bytes.`,
      registers,
      labelNames: ["space", ...labelNames],
      collect() {
        for (const space of getHeapSpaceStatistics()) {
          const bytes = { total: space.space_size, used: space.space_used_size, available: space.space_available_size };
          this.labels({ ...labels, space: space.space_name.replace(/_space$/, "") }).set(bytes[kind]);
        }
      },
    });
  gauge("total");
  gauge("used");
  gauge("available");
}
