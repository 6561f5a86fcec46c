import { expect, onTestFinished, test } from "vitest";
import { ApiServer, Reply } from "../testing/api.js";
import { runProvider, targetsOf } from "../testing/world.js";
import { uyuniSd } from "./config.js";
import { uyuniProvider } from "./provider.js";
import { parseResponse } from "./xml-rpc.js";

const struct = (fields: Record<string, string>): string =>
  `<value><struct>${Object.entries(fields)
    .map(([name, value]) => `<member><name>${name}</name><value>${value}</value></member>`)
    .join("")}</struct></value>`;
const answer = (value: string): string =>
  `<?xml version="1.0"?><methodResponse><params><param>${value}</param></params></methodResponse>`;
const list = (...values: string[]): string => answer(`<value><array><data>${values.join("")}</data></array></value>`);
const int = (value: number): string => `<int>${value}</int>`;

const answers: Record<string, string> = {
  "auth.login": answer("<value><string>token</string></value>"),
  "system.listSystemGroupsForSystemsWithEntitlement": list(
    struct({
      id: int(1000010000),
      system_groups: `<array><data>${struct({ id: int(1), name: "group-a &amp; b" })}${struct({ name: "c" })}</data></array>`,
    }),
  ),
  "system.getNetworkForSystems": list(
    struct({ system_id: int(1000010000), hostname: "web.example.com", primary_fqdn: "<string>web</string>" }),
  ),
  "system.monitoring.listEndpoints": list(
    struct({
      system_id: int(1000010000),
      endpoint_name: "NODE_EXPORTER",
      port: "<i4>9100</i4>",
      path: "/metrics",
      module: "node",
      exporter_name: "node_exporter",
      tls_enabled: "<boolean>1</boolean>",
    }),
  ),
};

test("endpoints are targets at their systems' hosts; one login serves several lists", async () => {
  let isRefused = false;
  const api = await ApiServer.open(({ body }) => {
    const method = /<methodName>(.*)<\/methodName>/.exec(body)?.[1] ?? "";
    if (isRefused) return new Reply(200, answer(struct({})).replace("params", "fault"));
    return new Reply(200, answers[method]);
  });
  onTestFinished(() => api.close());
  const running = runProvider(uyuniProvider, uyuniSd, `{ server: "${api.url}", username: u, password: "a<b" }`);
  expect(targetsOf(await running.next())).toEqual([
    {
      __address__: "web.example.com:9100",
      __meta_uyuni_endpoint_name: "NODE_EXPORTER",
      __meta_uyuni_exporter: "node_exporter",
      __meta_uyuni_groups: "group-a & b,c",
      __meta_uyuni_metrics_path: "/metrics",
      __meta_uyuni_minion_hostname: "web.example.com",
      __meta_uyuni_primary_fqdn: "web",
      __meta_uyuni_proxy_module: "node",
      __meta_uyuni_scheme: "https",
      __meta_uyuni_system_id: "1000010000",
    },
  ]);
  expect(api.paths[0]).toBe("/rpc/api");
  expect(api.asked[0]?.body).toContain("<string>a&lt;b</string>");
  expect(api.asked[2]?.body).toContain("<array><data><value><int>1000010000</int></value></data></array>");
  await running.clock.advance(60_000);
  await running.next();
  expect(api.asked.map(({ body }) => body.includes("auth.login")).filter(Boolean)).toHaveLength(1);
  isRefused = true;
  await running.clock.advance(60_000);
  await running.nextFailure();
  running.stop();
});

test("a fault is told; what is no response is refused", () => {
  const fault = `<methodResponse><fault>${struct({ faultCode: int(2950), faultString: "Either the password or username is incorrect." })}</fault></methodResponse>`;
  expect(() => parseResponse(fault)).toThrow("fault 2950: Either the password or username is incorrect.");
  expect(() => parseResponse("<html></html>")).toThrow("no XML-RPC response");
});
