import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "@narthex/client";
import { createLogger, defaultHttpClientConfig } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { beforeEach, expect, test, vi } from "vitest";
import { type DiscoveryConfigs, noDiscovery } from "../config/discovery.js";
import { kubernetesSd } from "./kubernetes/config.js";
import { DiscoveryManager } from "./manager.js";
import { discoveryMetrics } from "./metrics.js";
import type { DiscoveredTargets } from "./provider.js";
import { metricValue, parseSd } from "./testing/world.js";

/** Code that is loaded, and requests of a real server, take their time on a busy machine. */
const patience = { timeout: 30_000 };

let clock: SimClock;
let manager: DiscoveryManager;
let updates: string[];
let folder: string;
let logged: string[];
let registry: Registry;

beforeEach(() => {
  clock = new SimClock(1_000_000);
  updates = [];
  logged = [];
  registry = new Registry();
  folder = mkdtempSync(join(tmpdir(), "discovery-"));
  const logger = createLogger({ level: "error", format: "logfmt", write: (line) => logged.push(line) });
  const metrics = discoveryMetrics(registry, clock)("scrape");
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
  return { ...noDiscovery, static_configs: [{ targets, labels: {} }] };
}

function files(pattern: string): DiscoveryConfigs {
  return { ...noDiscovery, file_sd_configs: [{ files: [join(folder, pattern)], refresh_interval: 300_000 }] };
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

test("a target from a file knows the file, beside the labels that stand there", async () => {
  writeTargets("a.yml", "- targets: ['a:1']\n  labels: { env: prod }\n");
  manager.apply(new Map([["a", files("a.yml")]]));
  await clock.advance(0);
  const labels = { env: "prod", __meta_filepath: join(folder, "a.yml") };
  expect(manager.targets().get("a")).toMatchObject([{ targets: [{ __address__: "a:1" }], labels }]);
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

test("a job whose provider a reload replaced keeps its targets until the new one has spoken", async () => {
  writeTargets("a.yml", "- targets: ['a:1']");
  const silent: Server = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  manager.apply(new Map([["a", files("a.yml")]]));
  await clock.advance(0);
  const replaced = new Promise<void>((resolve) => {
    silent.once("request", (_, response) => {
      expect(addresses(manager.targets())).toBe("a: a:1");
      response.setHeader("content-type", "application/json").end('[{"targets": ["new:1"]}]');
      response.once("close", resolve);
    });
  });
  const url = `http://127.0.0.1:${port}/`;
  const http_sd_configs = [{ ...defaultHttpClientConfig, url, refresh_interval: 60_000 }];
  manager.apply(new Map([["a", { ...noDiscovery, http_sd_configs }]]));
  await clock.advance(60_000);
  expect(updates.at(-1)).toBe("a: a:1");
  await replaced;
  await vi.waitFor(() => expect(addresses(manager.targets())).toBe("a: new:1"), patience);
  manager.close();
  silent.closeAllConnections();
  silent.close();
});

test("a provider that could not begin is counted, and tried again by the next reload", async () => {
  const kubeconfig_file = join(folder, "no-such-file");
  const kubernetes_sd_configs = [parseSd(kubernetesSd, `{ role: node, kubeconfig_file: "${kubeconfig_file}" }`)];
  const failed = "Cannot create service discovery";
  const reload = (): void => manager.apply(new Map([["a", { ...noDiscovery, kubernetes_sd_configs }]]));
  reload();
  await vi.waitFor(() => expect(logged.filter((line) => line.includes(failed))).toHaveLength(1), patience);
  reload();
  await vi.waitFor(() => expect(logged.filter((line) => line.includes(failed))).toHaveLength(2), patience);
  expect(await metricValue(registry, 'prometheus_sd_failed_configs{name="scrape"}')).toBe(1);
  manager.close();
});
