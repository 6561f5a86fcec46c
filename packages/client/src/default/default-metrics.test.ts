import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { Registry } from "../registry.js";
import { collectDefaultMetrics } from "./default-metrics.js";

const registry = new Registry();
const stop = collectDefaultMetrics({ register: registry, prefix: "x_", labels: { zone: "z" } });
afterAll(() => stop());

const names = `process_cpu_user_seconds_total process_cpu_system_seconds_total process_cpu_seconds_total
  process_start_time_seconds process_resident_memory_bytes process_virtual_memory_bytes process_heap_bytes
  process_open_fds process_max_fds nodejs_eventloop_lag_seconds nodejs_eventloop_lag_min_seconds
  nodejs_eventloop_lag_max_seconds nodejs_eventloop_lag_mean_seconds nodejs_eventloop_lag_stddev_seconds
  nodejs_eventloop_lag_p50_seconds nodejs_eventloop_lag_p90_seconds nodejs_eventloop_lag_p99_seconds
  nodejs_active_resources nodejs_active_resources_total nodejs_active_handles nodejs_active_handles_total
  nodejs_active_requests nodejs_active_requests_total nodejs_heap_size_total_bytes nodejs_heap_size_used_bytes
  nodejs_external_memory_bytes nodejs_heap_space_size_total_bytes nodejs_heap_space_size_used_bytes
  nodejs_heap_space_size_available_bytes nodejs_version_info nodejs_gc_duration_seconds`.split(/\s+/);

describe("default metrics", () => {
  it("have the names that dashboards know, with prefix and labels", async () => {
    const families = await registry.families();
    expect(families.map((family) => family.name).sort()).toEqual(names.map((name) => `x_${name}`).sort());
    const series = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(series.filter((line) => !line.includes('zone="z"'))).toEqual([]);
  });

  it("move with the process", async () => {
    const read = async (name: string): Promise<number> =>
      Number(new RegExp(`^${name}{[^}]*} (.*)$`, "m").exec(await registry.metrics())?.[1]);
    const before = await read("x_process_cpu_seconds_total");
    for (let n = 0, end = process.cpuUsage().user + 20_000; process.cpuUsage().user < end; n++) Math.sqrt(n);
    expect(await read("x_process_cpu_seconds_total")).toBeGreaterThan(before);
    expect(await read("x_process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(
      Math.abs((await read("x_process_start_time_seconds")) - (Date.now() / 1000 - process.uptime())),
    ).toBeLessThan(2);
  });
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

describe.runIf(hasPromtool)("promtool (needs promtool)", () => {
  it("finds nothing wrong", async () => {
    const plain = new Registry();
    const stopPlain = collectDefaultMetrics({ register: plain });
    const text = await plain.metrics();
    stopPlain();
    // Names ending in _total that are gauges, and process_* in other units, are what prom-client calls them too.
    const known = /nodejs_active_\w+_total non-counter metrics should not have "_total" suffix/;
    const output = execFileSync("sh", ["-c", "promtool check metrics 2>&1 || true"], { input: text, encoding: "utf8" });
    expect(output.split("\n").filter((line) => line !== "" && !known.test(line))).toEqual([]);
  });
});
