import { expect, it } from "vitest";
import type { ActiveTarget, TargetHealth } from "../api/prometheus.js";
import { poolOfDropped, poolsFrom, type TargetFilter, targetSelector } from "./pools.js";

function target(scrapePool: string, host: string, health: TargetHealth): ActiveTarget {
  return {
    discoveredLabels: {},
    labels: { job: scrapePool, instance: host },
    scrapePool,
    health,
    globalUrl: "",
    scrapeUrl: `http://${host}/metrics`,
    lastError: health === "down" ? "connection refused" : "",
    lastScrape: "",
    lastScrapeDuration: 0,
    scrapeInterval: "15s",
    scrapeTimeout: "10s",
  };
}

const targets = [
  target("api", "a:1", "up"),
  target("web", "z:1", "up"),
  target("web", "y:1", "down"),
  target("db", "d:1", "unknown"),
];

function check(filter: Partial<TargetFilter>, expected: [pool: string, ...hosts: string[]][]): void {
  const pools = poolsFrom(targets, { search: "", health: "all", ...filter });
  expect(pools.map((pool) => [pool.name, ...pool.targets.map((t) => t.labels["instance"])])).toEqual(expected);
}

it("trouble comes first", () =>
  check({}, [
    ["web", "y:1", "z:1"],
    ["api", "a:1"],
    ["db", "d:1"],
  ]));

it("targets are found by health, error, label and address", () => {
  check({ health: "down" }, [["web", "y:1"]]);
  check({ search: "refused" }, [["web", "y:1"]]);
  check({ search: "job=db" }, [["db", "d:1"]]);
  check({ search: "a:1/metrics", health: "down" }, []);
});

it("counts are of the whole pool, whatever is filtered", () => {
  const [web] = poolsFrom(targets, { search: "z:1", health: "all" });
  expect(web?.counts).toEqual({ up: 1, down: 1, unknown: 0 });
});

it("a target's selector quotes its labels", () => {
  expect(targetSelector({ labels: { job: 'a"b', instance: "h:1" } })).toBe('{job="a\\"b", instance="h:1"}');
});

it("the pool of a dropped target is found in old and new answers", () => {
  expect(poolOfDropped({ discoveredLabels: { job: "web" } })).toBe("web");
  expect(poolOfDropped({ discoveredLabels: { job: "web" }, scrapePool: "edge" })).toBe("edge");
});
