import { expect, onTestFinished, test } from "vitest";
import { ApiServer, Reply } from "../testing/api.js";
import { metricValue, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { kumaSd } from "./config.js";
import { kumaProvider } from "./provider.js";

const type = "type.googleapis.com/kuma.observability.v1.MonitoringAssignment";
const assignment = {
  "@type": type,
  mesh: "default",
  service: "opa",
  labels: { "kuma.io/zone": "us-east-1", team: "infra" },
  targets: [
    {
      name: "prod-opa-1",
      address: "10.1.4.32:9090",
      scheme: "http",
      metrics_path: "/custom-metrics",
      labels: { commit_hash: "620506a88", team: "lost" },
    },
  ],
};

async function start(routes: (count: number) => unknown): Promise<{ api: ApiServer; running: RunningProvider }> {
  let count = 0;
  const api = await ApiServer.open(() => routes(++count));
  const running = runProvider(kumaProvider, kumaSd, `{ server: "${api.url}/mads", client_id: me, fetch_timeout: 90s }`);
  onTestFinished(async () => {
    running.stop();
    await api.close();
  });
  return { api, running };
}

test("assigned data planes are targets; what did not change is not told again", async () => {
  const answer = { versionInfo: "v1", typeUrl: type, nonce: "n1", resources: [assignment] };
  const { api, running } = await start((count) => (count === 2 ? new Reply(304, "") : answer));
  const targets = targetsOf(await running.next());
  expect(targets).toEqual([
    {
      __address__: "10.1.4.32:9090",
      __metrics_path__: "/custom-metrics",
      __scheme__: "http",
      instance: "prod-opa-1",
      __meta_kuma_dataplane: "prod-opa-1",
      __meta_kuma_label_commit_hash: "620506a88",
      __meta_kuma_label_kuma_io_zone: "us-east-1",
      __meta_kuma_label_team: "infra",
      __meta_kuma_mesh: "default",
      __meta_kuma_service: "opa",
    },
  ]);
  expect(api.paths).toEqual(["/mads/v3/discovery:monitoringassignments?fetch-timeout=1m30s"]);
  expect(JSON.parse(api.asked[0]?.body ?? "")).toEqual({ node: { id: "me" }, type_url: type });
  await running.rested();
  await running.clock.advance(15_000);
  await running.rested();
  expect(JSON.parse(api.asked[1]?.body ?? "")).toMatchObject({ version_info: "v1", response_nonce: "n1" });
  expect(await metricValue(running.registry, "prometheus_sd_kuma_fetch_skipped_updates_total")).toBe(1);
  await running.clock.advance(15_000);
  expect(targetsOf(await running.next())).toHaveLength(1);
});

test("an answer of another type is a failure", async () => {
  const { running } = await start(() => ({ type_url: "other", resources: [] }));
  await running.nextFailure();
  expect(running.logged.join("")).toContain("received invalid typeURL for Kuma MADS v1 Resource: other");
  expect(await metricValue(running.registry, "prometheus_sd_kuma_fetch_failures_total")).toBe(1);
});
