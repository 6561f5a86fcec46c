// The scrape manager in simulated time.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelsFrom } from "@narthex/model";
import type { HttpRequest } from "@narthex/service";
import { SimClock, type SimFileSystem } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import { beforeEach, expect, test } from "vitest";
import type { ScrapeManager } from "./manager.js";
import { offsetOf, type Target } from "./target.js";
import { type Answer, type SimScrape, simulateScrape, simStart as start } from "./testing/sim-scrape.js";

let clock: SimClock;
let disk: SimFileSystem;
let tsdb: Tsdb;
let manager: ScrapeManager;
let requests: HttpRequest[];
let apply: SimScrape["apply"];
let stored: SimScrape["stored"];
let status: SimScrape["status"];
let answer: SimScrape["answer"];

beforeEach(async () => {
  const sim = await simulateScrape();
  ({ clock, disk, tsdb, manager, requests, apply, stored, status } = sim);
  answer = () => "";
  sim.answer = (request) => answer(request);
});

test("samples get the target's labels and the time of the grid", async () => {
  apply("", "a:1");
  answer = () => 'm{x="1"} 1\nm 2\n';
  await clock.advance(20_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 2@0 2@1', 'm{instance="a:1", job="j", x="1"} 1@0 1@1']);
  expect(stored("up")).toEqual(['up{instance="a:1", job="j"} 1@0 1@1']);
  expect(stored("scrape_samples_scraped")).toEqual(['scrape_samples_scraped{instance="a:1", job="j"} 2@0 2@1']);
  expect(stored("scrape_series_added")).toEqual(['scrape_series_added{instance="a:1", job="j"} 2@0 0@1']);
  expect(requests[0]).toMatchObject({
    url: "http://a:1/metrics",
    timeoutMs: 10_000,
    headers: { "accept-encoding": "gzip", "x-prometheus-scrape-timeout-seconds": "10" },
  });
});

test("scrapes come at the same offset in every interval", async () => {
  apply("", "a:1", "b:1", "c:1");
  const times = new Map<string, number[]>();
  answer = ({ url }) => {
    times.set(url, [...(times.get(url) ?? []), clock.now() % 10_000]);
    return "";
  };
  await clock.advance(50_000);
  for (const offsets of times.values()) expect(new Set(offsets).size).toBe(1);
  expect(new Set([...times.values()].map(([first]) => first)).size).toBe(3);
});

test.each([
  // Interval in ms, targets, grid in ms.
  [10_000, 3, 250],
  [10_000, 1000, 80],
  [1000, 3, 50],
  [10_000, 60_000, 1],
  [20, 3, 1],
])("scrapes every %d ms of %d targets come on a grid of %d ms", (intervalMs, targetCount, gridMs) => {
  const offsets = Array.from({ length: 200 }, (_, i) =>
    offsetOf({ key: `a:${i}`, intervalMs } as Target, { seed: 7n, targetCount }),
  );
  expect(offsets.every((offset) => offset >= 0 && offset < intervalMs)).toBe(true);
  const greatest = (a: number, b: number): number => (b === 0 ? a : greatest(b, a % b));
  expect(offsets.reduce(greatest)).toBe(gridMs);
});

test("a series that vanishes gets one stale marker, and comes back", async () => {
  apply("", "a:1");
  const bodies = ["m 1\nn 1\n", "n 1\n", "n 1\n", "n 1\nm 4\n"];
  answer = () => bodies.shift() ?? "m 9\n";
  await clock.advance(50_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0 x@1 4@3 9@4']);
  expect(stored("n")).toEqual(['n{instance="a:1", job="j"} 1@0 1@1 1@2 1@3 x@4']);
});

test.each<[title: string, failure: Answer, error: RegExp]>([
  ["an unreachable target", new Error("cannot reach a:1: connect ECONNREFUSED"), /cannot reach a:1/],
  ["a bad status", 503, /server returned HTTP status 503 Service Unavailable/],
  ["a bad line", "m 1\nn{ 1\n", /expected label name.*line 2/],
  ["a missing type", { type: "", body: "m 1\n" }, /blank Content-Type and no fallback_scrape_protocol/],
])("%s makes its series stale once", async (_, failure, error) => {
  apply("", "a:1");
  const answers: Answer[] = ["m 1\n", failure, failure, "m 2\n"];
  answer = () => answers.shift() as Answer;
  await clock.advance(30_000);
  expect(status()).toEqual([expect.stringMatching(error)]);
  await clock.advance(10_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0 x@1 2@3']);
  expect(stored("up")).toEqual(['up{instance="a:1", job="j"} 1@0 0@1 0@2 1@3']);
  expect(status()).toEqual(["up"]);
});

test("a batch that the storage refuses fails the scrape, and the next one that it takes is whole", async () => {
  apply("", "a:1");
  answer = () => "m 1\n";
  await clock.advance(10_000);
  disk.sizeMax = 0;
  await clock.advance(10_000);
  expect(status()).toEqual([expect.stringMatching(/^down cannot write WAL segment 00000000/)]);
  disk.sizeMax = 1e9;
  answer = () => "m 3\nn 3\n";
  await clock.advance(10_000);
  expect(status()).toEqual(["up"]);
  expect([...stored("m"), ...stored("n"), ...stored("up")].map((line) => line.replace(/.*} /, ""))).toEqual([
    "1@0 3@2",
    "3@2",
    "1@0 1@2",
  ]);
});

test("a job takes no new series beyond its limit, while those it has go on, and again when there is room", async () => {
  // The report of a scrape makes five series.
  apply(", head_series_max: 7", "a:1");
  const hours = 6;
  const bodies = ["m 1\nn 1\n", "m 2\nn 2\no 2\np 2\n"];
  answer = () => bodies.shift() ?? "m 3\no 3\np 3\n";
  await clock.advance(20_000);
  expect(stored("m|n|o|p").map((line) => line.split(" ").slice(1).join(" "))).toHaveLength(2);
  expect(stored("scrape_samples_post_metric_relabeling")[0]).toContain("2@0 4@1");
  expect(stored("up")[0]).toContain("1@0 1@1");
  expect(tsdb.stats().head.seriesRefused).toBe(2);
  // The series n has ended: when its hours are in a block, another takes its place.
  await clock.advance(hours * 3_600_000);
  await tsdb.compact();
  await clock.advance(20_000);
  expect(tsdb.stats().headSeries).toBe(7);
  expect(stored("n|o|p")).toHaveLength(2);
});

test("a target whose report finds no room in the head has its samples stored, as far as there is room", async () => {
  const sim = await simulateScrape({ headSeriesMax: 4 });
  sim.answer = () => "m 1\nn 1\n";
  sim.apply("", "a:1");
  await sim.clock.advance(20_000);
  expect(sim.status()).toEqual(["up"]);
  expect([...sim.stored("m"), ...sim.stored("n"), ...sim.stored("up")].map((line) => line.split("} ")[1])).toEqual([
    "1@0 1@1",
    "1@0 1@1",
    "1@0 1@1",
  ]);
});

test("the sample limit refuses the scrape and still counts", async () => {
  apply(", sample_limit: 2, metric_relabel_configs: [{ source_labels: [__name__], regex: n, action: drop }]", "a:1");
  const bodies = ["m 1\nn 1\n", "m 1\nn 1\no 1\np 1\n", "m 3\nn 1\n"];
  answer = () => bodies.shift() ?? "m 3\n";
  await clock.advance(30_000);
  expect(stored("m|n|o|p")).toEqual(['m{instance="a:1", job="j"} 1@0 x@1 3@2']);
  expect(stored("scrape_samples_scraped")[0]).toContain("2@0 4@1 2@2");
  expect(stored("scrape_samples_post_metric_relabeling")[0]).toContain("1@0 3@1 1@2");
});

test.each<[job: string, error: RegExp]>([
  [", label_limit: 3", /label_limit exceeded \(metric: m, number of labels: 4, limit: 3\)/],
  [
    ", label_name_length_limit: 8",
    /label_name_length_limit exceeded \(metric: m, label name: a_long_name, length: 11, limit: 8\)/,
  ],
  [
    ", label_value_length_limit: 5",
    /label_value_length_limit exceeded \(metric: m, label name: a_long_name, value: "abcdef", length: 6, limit: 5\)/,
  ],
  [", target_limit: 1", /target_limit exceeded \(number of targets: 2, limit: 1\)/],
  [
    ", metric_name_validation_scheme: legacy, metric_relabel_configs: [{ action: replace, target_label: __name__, replacement: a.b }]",
    /invalid metric name or label names: .*a\.b/,
  ],
])("limits refuse the scrape: %s", async (job, error) => {
  apply(job, "a:1", "b:1");
  answer = () => 'm{a_long_name="abcdef"} 1\n';
  await clock.advance(10_000);
  expect(status()[0]).toMatch(error);
});

test("honor_labels and exported_ labels", async () => {
  answer = () => 'm{job="own",exported_job="e",x="1"} 1\n';
  apply("", "a:1");
  await clock.advance(10_000);
  expect(stored("m")[0]).toContain('m{exported_exported_job="own", exported_job="e", instance="a:1", job="j", x="1"}');
  apply(", honor_labels: true", "a:1");
  await clock.advance(10_000);
  expect(stored("m")[1]).toContain('m{exported_job="e", instance="a:1", job="own", x="1"} 1@1');
});

test("a reload that changes labels ends the series of before", async () => {
  answer = () => "m 1\n";
  apply("", "a:1");
  await clock.advance(10_000);
  apply(", metric_relabel_configs: [{ target_label: new, replacement: yes }]", "a:1");
  await clock.advance(10_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0 x@1', 'm{instance="a:1", job="j", new="yes"} 1@1']);
});

test("a reload without changes leaves loops alone; one of the interval keeps series live", async () => {
  answer = () => "m 1\n";
  apply("", "a:1");
  await clock.advance(10_000);
  apply("", "a:1");
  await clock.advance(10_000);
  expect(stored("scrape_series_added")[0]).toMatch(/1@0 0@1$/);
  apply(", scrape_timeout: 5s", "a:1");
  await clock.advance(10_000);
  expect(stored("scrape_series_added")[0]).toMatch(/1@0 0@1 0@2$/);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0 1@1 1@2']);
});

test("a removed target ends with stale markers after a while, a stopped server without", async () => {
  answer = () => "m 1\n";
  apply("", "a:1", "b:1");
  await clock.advance(10_000);
  apply("", "b:1");
  await clock.advance(40_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0 x@1', 'm{instance="b:1", job="j"} 1@0 1@1 1@2 1@3 1@4']);
  expect(stored("up")[0]).toBe('up{instance="a:1", job="j"} 1@0 x@1');
  await manager.close();
  await clock.advance(60_000);
  expect(stored("up")[1]).toBe('up{instance="b:1", job="j"} 1@0 1@1 1@2 1@3 1@4');
});

test("a target that is removed while the disk is full ends no more than its loop", async () => {
  answer = () => "m 1\n";
  apply("", "a:1", "b:1");
  await clock.advance(10_000);
  disk.sizeMax = 0;
  apply("", "b:1");
  await clock.advance(30_000);
  disk.sizeMax = 1e9;
  await clock.advance(10_000);
  expect(stored("up")).toEqual(['up{instance="a:1", job="j"} 1@0', 'up{instance="b:1", job="j"} 1@0 1@4']);
});

test("timestamps of the body count, or not, and such series do not become stale", async () => {
  const bodies = [`m 1 ${start - 5000}\n`, ""];
  answer = () => bodies.shift() ?? "";
  apply("", "a:1");
  await clock.advance(20_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@-1']);
  bodies.push(`n 1 ${start - 5000}\n`, "");
  apply(", honor_timestamps: false", "a:1");
  await clock.advance(20_000);
  expect(stored("n")).toEqual(['n{instance="a:1", job="j"} 1@2 x@3']);
});

test("the same series twice in a body counts as a duplicate", async () => {
  answer = () => 'm{a="1",b="2"} 1\nm{b="2",a="1"} 2\n';
  apply("", "a:1");
  await clock.advance(10_000);
  expect(stored("m")).toEqual(['m{a="1", b="2", instance="a:1", job="j"} 1@0']);
  expect(stored("scrape_samples_post_metric_relabeling")[0]).toContain("2@0");
});

test("bounds of histograms are one spelling", async () => {
  answer = () => '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n';
  apply("", "a:1");
  await clock.advance(10_000);
  expect(stored("h_bucket").map((line) => /le="([^"]+)"/.exec(line)?.[1])).toEqual(["+Inf", "1.0"]);
});

test("a bad line refuses the body, and the report counts the samples before it", async () => {
  answer = () => "m 1\nn 1\no 1x\n";
  apply(", metric_relabel_configs: [{ source_labels: [__name__], regex: n, action: drop }]", "a:1");
  await clock.advance(10_000);
  expect(stored("scrape_samples_scraped")[0]).toContain("2@0");
  expect(stored("scrape_samples_post_metric_relabeling")[0]).toContain("1@0");
});

test("metadata follows the body", async () => {
  const bodies = ["# HELP m one\n# TYPE m gauge\nm 1\n", "# HELP m two\n# TYPE m gauge\nm 1\n", "n 1\n"];
  answer = () => bodies.shift() as string;
  apply("", "a:1");
  await clock.advance(10_000);
  expect([...manager.metadata()]).toEqual([["m", [{ type: "gauge", help: "one", unit: "" }]]]);
  await clock.advance(10_000);
  expect(manager.metadata().get("m")).toEqual([{ type: "gauge", help: "two", unit: "" }]);
  await clock.advance(10_000);
  expect(manager.metadata().size).toBe(0);
});

test("relabelling makes targets, drops them, and sets their URL", async () => {
  const rules = [
    "{ source_labels: [__address__], regex: 'b.*', action: drop }",
    "{ source_labels: [__address__], target_label: __param_target }",
    "{ target_label: __address__, replacement: 'proxy:9' }",
    "{ target_label: __metrics_path__, replacement: probe }",
    "{ source_labels: [__param_target], target_label: instance }",
  ];
  apply(`, params: { module: [a, b] }, relabel_configs: [${rules.join(", ")}]`, "a:1", "b:1");
  await clock.advance(10_000);
  expect(requests.map(({ url }) => url)).toEqual(["http://proxy:9/probe?module=a&module=b&target=a%3A1"]);
  const [[, pool]] = manager.pools() as [[string, ReturnType<ScrapeManager["pools"]>[0][1]]];
  expect(pool.droppedCount).toBe(1);
  expect(pool.targets()[0]?.target.labels).toEqual(labelsFrom({ instance: "a:1", job: "j" }));
});

test("failed scrapes are logged where the configuration says, and a reload opens the file anew", async () => {
  const folder = mkdtempSync(join(tmpdir(), "failures-"));
  const file = join(folder, "failures.json");
  const answers: Answer[] = ["m 1\n", 503, "m 1x\n"];
  answer = () => answers.shift() ?? 500;
  apply(`, scrape_failure_log_file: ${file}`, "a:1");
  await clock.advance(30_000);
  apply(`, scrape_failure_log_file: ${file}, scrape_timeout: 5s`, "a:1");
  await clock.advance(10_000);
  await manager.close();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    failureLine("server returned HTTP status 503 Service Unavailable"),
    failureLine(expect.stringContaining("line 1, column 3")),
    failureLine("server returned HTTP status 500 Internal Server Error"),
  ]);
  rmSync(folder, { recursive: true });
});

function failureLine(msg: unknown): object {
  const time = expect.stringMatching(/^2023-11-14T/) as string;
  return { time, level: "ERROR", msg, job_name: "j", target: "http://a:1/metrics" };
}

test("an empty body ends all series and forgets none of them", async () => {
  const bodies = ["# TYPE m gauge\nm 1\n", "", "# TYPE m gauge\nm 2\n"];
  answer = () => bodies.shift() as string;
  apply("", "a:1");
  await clock.advance(30_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0 x@1 2@2']);
  expect(stored("up")[0]).toContain("1@0 1@1 1@2");
  expect(stored("scrape_series_added")[0]).toContain("1@0 0@1 0@2");
});

test("a body that is refused for a label changes nothing of what is known, and counts up to there", async () => {
  const bodies = ["m 1\nn 1\n", 'n 2\no{a="1",b="2"} 1\nm 2\n', "m 3\nn 3\n"];
  answer = () => bodies.shift() as string;
  apply(", label_limit: 4", "a:1");
  await clock.advance(30_000);
  expect(stored("m|n|o").map((line) => line.replace(/.*} /, ""))).toEqual(["1@0 x@1 3@2", "1@0 x@1 3@2"]);
  expect(stored("scrape_samples_scraped")[0]).toContain("2@0 2@1 2@2");
  expect(stored("scrape_samples_post_metric_relabeling")[0]).toContain("2@0 1@1 2@2");
  expect(stored("scrape_series_added")[0]).toContain("2@0 0@1 0@2");
});

test("with honor_labels an empty label takes the target's away, else it is none", async () => {
  answer = () => 'm{instance="",job="own"} 1\n';
  apply(", honor_labels: true", "a:1");
  await clock.advance(10_000);
  expect(stored("m")).toEqual(['m{job="own"} 1@0']);
  apply("", "a:1");
  await clock.advance(10_000);
  expect(stored("m")[0]).toContain(`m{exported_job="own", instance="a:1", job="j"} 1@1`);
});

test("a series whose only sample is too far ahead is not made", async () => {
  answer = () => `m 1 ${start + 3_600_000}\nn 1\n`;
  apply("", "a:1");
  await clock.advance(10_000);
  expect(tsdb.stats().headSeries).toBe(6);
  expect(stored("scrape_series_added")[0]).toContain("1@0");
  expect(stored("scrape_samples_post_metric_relabeling")[0]).toContain("2@0");
});

test("a timer that comes early makes one scrape, at the time that was due", async () => {
  const exact = new SimClock(start);
  const early = {
    now: () => exact.now(),
    after: (ms: number, task: () => void) => exact.after(Math.max(0, ms - 1), task),
  };
  const sim = await simulateScrape({ clock: early });
  sim.answer = () => "m 1\n";
  sim.apply("", "a:1");
  await exact.advance(50_000);
  expect(sim.requests.length).toBe(5);
  const times = sim.stored("up")[0]?.split(" ").length;
  expect(times).toBe(7);
});

test.each([-1, 1])("scrapes go on, on their grid, when the clock is set %d days off", async (days) => {
  apply("", "a:1");
  await clock.advance(30_000);
  const offsets = new Set<number>();
  answer = () => {
    offsets.add(clock.now() % 10_000);
    return "m 1\n";
  };
  clock.jump(days * 86_400_000 + 3);
  requests.length = 0;
  await clock.advance(60_000);
  expect(requests.length).toBeGreaterThanOrEqual(6);
  // The first was waited for by the clock of before.
  expect(offsets.size).toBe(2);
});

test("series with timestamps of their own become stale where the job tracks them", async () => {
  const bodies = [`m 1 ${start - 5000}\n`, ""];
  answer = () => bodies.shift() ?? "";
  apply(", track_timestamps_staleness: true", "a:1");
  await clock.advance(20_000);
  expect(stored("m")).toEqual(['m{instance="a:1", job="j"} 1@-1 x@1']);
});

test("only so many dropped targets are kept, and all are counted", async () => {
  const rule = "relabel_configs: [{ source_labels: [__address__], regex: 'b.*', action: drop }]";
  apply(`, keep_dropped_targets: 2, ${rule}`, "a:1", "b:1", "b:2", "b:3");
  const [[, pool]] = manager.pools() as [[string, ReturnType<ScrapeManager["pools"]>[0][1]]];
  expect([pool.targets().length, pool.droppedTargets().length, pool.droppedCount]).toEqual([1, 2, 3]);
});

test("targets that cannot be are counted, and a job's own series end with it", async () => {
  const sim = await simulateScrape();
  sim.apply("", "a:1");
  expect(await sim.registry.metrics()).toContain('prometheus_target_sync_failed_total{scrape_job="j"} 0\n');
  sim.apply("", "a:1", "not/a/host");
  expect(await sim.registry.metrics()).toContain('prometheus_target_sync_failed_total{scrape_job="j"} 1\n');
  expect(sim.manager.pools()[0]?.[1].targets().length).toBe(1);
  sim.manager.apply([]);
  expect(await sim.registry.metrics()).not.toContain('scrape_job="j"');
});

test("a job whose client cannot be made is reported and tried again, others go on", async () => {
  let isBroken = true;
  const sim = await simulateScrape({}, () => {
    if (isBroken) throw new Error("no such proxy");
  });
  sim.answer = () => "m 1\n";
  sim.apply("", "a:1");
  expect(sim.manager.pools()).toEqual([]);
  expect(await sim.registry.metrics()).toContain("prometheus_target_scrape_pools_failed_total 1\n");
  isBroken = false;
  sim.apply("", "a:1");
  isBroken = true;
  sim.apply(", honor_labels: true", "a:1");
  await sim.clock.advance(10_000);
  expect(sim.stored("m")).toEqual(['m{instance="a:1", job="j"} 1@0']);
  expect(await sim.registry.metrics()).toContain("prometheus_target_scrape_pool_reloads_failed_total 1\n");
});

test("with type-and-unit-labels series have what is told of their family", async () => {
  const sim = await simulateScrape({ addsTypeAndUnit: true });
  const families = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds A.\n";
  const body = `${families}a_seconds_total{__type__="own"} 1\nother{__unit__="own"} 2\n# TYPE g gauge\ng 3\n# EOF\n`;
  sim.answer = () => ({ type: "application/openmetrics-text; version=1.0.0", body });
  sim.apply("", "a:1");
  await sim.clock.advance(10_000);
  const target = 'instance="a:1", job="j"';
  expect(sim.stored("a_.*|other|g")).toEqual([
    `a_seconds_total{__type__="counter", __unit__="seconds", ${target}} 1@0`,
    `g{__type__="gauge", ${target}} 3@0`,
    `other{${target}} 2@0`,
  ]);
});

test("a TYPE or UNIT line that changes makes other series of lines that stay", async () => {
  const sim = await simulateScrape({ addsTypeAndUnit: true });
  const body = (type: string, unit: string): Answer => {
    const families = `# TYPE m ${type}\n# UNIT m ${unit}\nm 1\n# TYPE n gauge\nn 1\n`;
    return { type: "application/openmetrics-text; version=1.0.0", body: `${families}# EOF\n` };
  };
  const left: Answer[] = [
    body("gauge", ""),
    body("unknown", ""),
    503,
    body("unknown", ""),
    body("gauge", ""),
    "m 1\nm{\n",
  ];
  sim.answer = () => left.shift() ?? "";
  sim.apply("", "a:1");
  await sim.clock.advance(60_000);
  const target = 'instance="a:1", job="j"';
  expect(sim.stored("m|n")).toEqual([
    `m{__type__="gauge", ${target}} 1@0 x@1 1@4 x@5`,
    `m{${target}} 1@1 x@2 1@3 x@4`,
    `n{__type__="gauge", ${target}} 1@0 1@1 x@2 1@3 1@4 x@5`,
  ]);
});
