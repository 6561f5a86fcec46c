import { expect, it } from "vitest";
import type { Unit } from "../format/value.js";
import { guessUnit } from "./unit-guess.js";

it("a unit is guessed only where the dimension is nearly sure", () => {
  const cases: [string, Unit][] = [
    ["node_memory_MemAvailable_bytes", "bytes"],
    ['sum by (job) (process_resident_memory_bytes{job="a/b"})', "bytes"],
    ["rate(node_network_receive_bytes_total[5m])", "bytes-per-second"],
    ["histogram_quantile(0.9, sum by (le) (http_request_duration_seconds_bucket))", "seconds"],
    ["rate(process_cpu_seconds_total[1m])", "none"],
    ["node_memory_MemFree_bytes / node_memory_MemTotal_bytes", "none"],
    ["count(node_memory_MemFree_bytes)", "none"],
    ["a_bytes + b_seconds", "none"],
    ["up", "none"],
    ["process_start_time_seconds", "none"],
    ["disk_used_ratio", "ratio"],
  ];
  for (const [expression, unit] of cases) expect(guessUnit(expression), expression).toBe(unit);
});
