import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "@narthex/client";
import { createLogger } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { beforeEach, expect, test } from "vitest";
import type { DiscoveryConfigs } from "../config/discovery.js";
import { type DiscoveredTargets, DiscoveryManager } from "./manager.js";
import { discoveryMetrics } from "./metrics.js";

let clock: SimClock;
let manager: DiscoveryManager;
let updates: string[];
let folder: string;

beforeEach(() => {
  clock = new SimClock(1_000_000);
  updates = [];
  folder = mkdtempSync(join(tmpdir(), "discovery-"));
  const logger = createLogger({ level: "error", format: "logfmt", write: () => {} });
  const metrics = discoveryMetrics(new Registry())("scrape");
  manager = new DiscoveryManager({ clock, logger, metrics, onUpdate: (targets) => updates.push(addresses(targets)) });
});

function addresses(targets: DiscoveredTargets): string {
  return [...targets]
    .map(
      ([section, groups]) => `${section}: ${groups.flatMap((g) => g.targets.map((t) => t["__address__"])).join(" ")}`,
    )
    .join(", ");
}

function fixed(...targets: string[]): DiscoveryConfigs {
  return { static_configs: [{ targets, labels: {} }], file_sd_configs: [] };
}

function files(pattern: string): DiscoveryConfigs {
  return { static_configs: [], file_sd_configs: [{ files: [join(folder, pattern)], refresh_interval: 300_000 }] };
}

let version = 0;
function writeTargets(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  // Two writes within one tick of the file system's clock would look the same.
  utimesSync(join(folder, name), ++version, version);
}

test("the first update comes at once, later ones are throttled", async () => {
  manager.apply(new Map([["a", fixed("a:1")]]));
  await clock.advance(0);
  expect(updates).toEqual(["a: a:1"]);
  manager.apply(new Map([["a", fixed("a:2")]]));
  await clock.advance(4999);
  expect(updates).toHaveLength(1);
  await clock.advance(1);
  expect(updates[1]).toBe("a: a:2");
});

test("files in YAML and JSON are found, followed, and forgotten when they go", async () => {
  writeTargets("a.yml", "- targets: ['a:1']\n  labels: { env: prod }\n");
  manager.apply(
    new Map([
      ["a", files("*.yml")],
      ["b", files("b.json")],
    ]),
  );
  await clock.advance(0);
  expect(updates).toEqual(["a: a:1, b: "]);
  writeTargets("b.json", '[{"targets": ["b:1", "b:2"]}]');
  await clock.advance(10_000);
  expect(updates.at(-1)).toBe("a: a:1, b: b:1 b:2");
  rmSync(join(folder, "a.yml"));
  await clock.advance(10_000);
  expect(updates.at(-1)).toBe("a: , b: b:1 b:2");
});

test("a broken file keeps its last good targets", async () => {
  writeTargets("a.yml", "- targets: ['a:1']");
  manager.apply(new Map([["a", files("a.yml")]]));
  await clock.advance(0);
  writeTargets("a.yml", "- targets: [unclosed");
  await clock.advance(20_000);
  expect(addresses(manager.targets())).toBe("a: a:1");
  writeTargets("a.yml", "- targets: ['a:2']");
  await clock.advance(20_000);
  expect(updates.at(-1)).toBe("a: a:2");
});

test("sections with equal configs share a provider, which a reload keeps", async () => {
  writeTargets("a.yml", "- targets: ['a:1']");
  manager.apply(
    new Map([
      ["a", files("a.yml")],
      ["b", files("a.yml")],
    ]),
  );
  await clock.advance(0);
  // The provider would see this at once if the reload started it anew.
  writeTargets("a.yml", "- targets: ['a:2']");
  manager.apply(new Map([["b", files("a.yml")]]));
  expect(addresses(manager.targets())).toBe("b: a:1");
  await clock.advance(10_000);
  expect(updates.at(-1)).toBe("b: a:2");
});

test("nothing comes after close", async () => {
  manager.apply(new Map([["a", fixed("a:1")]]));
  manager.close();
  await clock.advance(60_000);
  expect(updates).toEqual([]);
});
