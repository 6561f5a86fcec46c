// `narthex up` finds a program that shows metrics, with nothing configured.
import { join } from "node:path";
import { expect, it } from "vitest";
import { ask, value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, freePorts, freshFolder, root, start, startNarthex } from "./processes.js";

type Target = {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
};

it.runIf(process.platform === "linux")(
  "a program on this machine is found, named and scraped, ours are not",
  {
    timeout: 90_000,
  },
  async () => {
    const [shopPort, ...ports] = (await freePorts(5)) as [number, ...number[]];
    const flags = ["web", "alertmanager", "pushgateway", "node-exporter"].map(
      (name, i) => `--${name}.listen-address=127.0.0.1:${ports[i]}`,
    );
    const shop = start(process.execPath, [join(root, "apptest", "programs", "shop.mjs"), String(shopPort)]);
    await answers(shop, `http://127.0.0.1:${shopPort}/metrics`);
    const narthex = startNarthex(["up", `--storage.path=${freshFolder()}`, "--scrape-interval=1s", ...flags]);
    const base = `http://127.0.0.1:${ports[0]}`;
    await answers(narthex, `${base}/-/ready`);
    const isUp = `up{job="shop",instance="localhost:${shopPort}"}`;
    await eventually("the shop is scraped", async () => (await value(base, isUp)) === 1);
    const { activeTargets } = await ask<{ activeTargets: readonly Target[] }>(base, "/api/v1/targets?state=active");
    const local = activeTargets.filter(({ scrapePool }) => scrapePool === "local");
    const found = local.find(({ scrapeUrl }) => scrapeUrl === `http://127.0.0.1:${shopPort}/metrics`);
    expect(found?.discoveredLabels).toMatchObject({
      __meta_local_port: String(shopPort),
      __meta_local_process_id: String(shop.child.pid),
      __meta_local_process_name: "shop",
    });
    expect(local.filter(({ scrapeUrl }) => ports.some((port) => scrapeUrl.includes(`:${port}/`)))).toEqual([]);
    await eventually("it is told", async () => narthex.output().includes(`shop (localhost:${shopPort})`));
    await shop.kill();
    await eventually("the shop is gone", async () => (await value(base, isUp)) === undefined);
  },
);
