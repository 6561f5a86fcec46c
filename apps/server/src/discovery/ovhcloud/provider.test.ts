import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { requestsMax } from "../concurrently.js";
import type { Asked } from "../testing/api.js";
import { Gate } from "../testing/gate.js";
import { type Listed, listOnce } from "../testing/listing.js";
import { ovhcloudSd } from "./config.js";
import { ovhcloudProvider } from "./provider.js";

const keys = "application_key: app, application_secret: appsecret, consumer_key: consumer";

function list(service: string, answers: (asked: Asked) => unknown): Promise<Listed> {
  const yaml = (url: string): string => `{ ${keys}, service: ${service}, endpoint: "${url}/1.0" }`;
  const provider = (): typeof ovhcloudProvider => ovhcloudProvider;
  return listOnce({ provider, section: ovhcloudSd, yaml, answers }, `__meta_ovhcloud_${service}_`);
}

const vps = {
  name: "vps-1",
  displayName: "my vps",
  zone: "Region OpenStack: os-syd2",
  cluster: "cluster_test",
  state: "running",
  netbootMode: "local",
  memoryLimit: 2048,
  offerType: "ssd",
  vcore: 1,
  model: {
    offer: "VPS abc",
    datacenter: ["a", "b"],
    vcore: 2,
    maximumAdditionnalIp: 16,
    version: "2019v1",
    name: "abc",
    disk: 40,
    memory: 2049,
  },
};

test("virtual private servers: the request is signed with the server's time", async () => {
  const { targets, asked, paths } = await list("vps", ({ path }) => {
    if (path.endsWith("/auth/time")) return 5000;
    if (path.endsWith("/ips")) return ["192.0.2.1", "2001:db8::1"];
    return path.endsWith("/vps") ? ["vps-1", "gone"] : path.endsWith("/vps-1") ? vps : undefined;
  });
  expect(targets).toEqual([
    {
      __address__: "192.0.2.1",
      instance: "vps-1",
      cluster: "cluster_test",
      datacenter: "[a b]",
      disk: "40",
      display_name: "my vps",
      ipv4: "192.0.2.1",
      ipv6: "2001:db8::1",
      maximum_additional_ip: "16",
      memory: "2049",
      memory_limit: "2048",
      model_name: "abc",
      model_vcore: "2",
      name: "vps-1",
      netboot_mode: "local",
      offer: "VPS abc",
      offer_type: "ssd",
      state: "running",
      vcore: "1",
      version: "2019v1",
      zone: "Region OpenStack: os-syd2",
    },
  ]);
  expect(paths.slice(0, 2)).toEqual(["/1.0/auth/time", "/1.0/vps"]);
  expect(paths.slice(2).sort()).toEqual(["/1.0/vps/gone", "/1.0/vps/vps-1", "/1.0/vps/vps-1/ips"]);
  const { headers } = asked[1] as Asked;
  const signed = `appsecret+consumer+GET+http://${headers.host}/1.0/vps++5000`;
  expect(headers["x-ovh-signature"]).toBe(`$1$${createHash("sha1").update(signed).digest("hex")}`);
  expect(headers).toMatchObject({
    "x-ovh-application": "app",
    "x-ovh-consumer": "consumer",
    "x-ovh-timestamp": "5000",
  });
});

test("dedicated servers", async () => {
  const server = {
    state: "test",
    commercialRange: "Advance-1 Gen 2",
    linkSpeed: 123,
    rack: "TESTRACK",
    noIntervention: false,
    os: "debian11_64",
    supportLevel: "pro",
    serverId: 1234,
    reverse: "abcde-rev",
    datacenter: "gra3",
    name: "abcde",
  };
  const { targets } = await list("dedicated_server", ({ path }) => {
    if (path.endsWith("/auth/time")) return 1000;
    if (path.endsWith("/ips")) return ["2001:db8::2/128"];
    return path.endsWith("/server") ? ["abcde"] : server;
  });
  expect(targets).toEqual([
    {
      __address__: "2001:db8::2",
      instance: "abcde",
      commercial_range: "Advance-1 Gen 2",
      datacenter: "gra3",
      ipv6: "2001:db8::2",
      link_speed: "123",
      name: "abcde",
      no_intervention: "false",
      os: "debian11_64",
      rack: "TESTRACK",
      reverse: "abcde-rev",
      server_id: "1234",
      state: "test",
      support_level: "pro",
    },
  ]);
});

test("servers are asked for some at a time, and stay in their order", async () => {
  const names = Array.from({ length: 25 }, (_, i) => `s${i}`);
  const gate = new Gate();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  const { targets } = await list("dedicated_server", async ({ path }) => {
    if (path.endsWith("/auth/time")) return 1000;
    if (path.endsWith("/server")) return names;
    await gate.pass();
    return path.endsWith("/ips") ? ["192.0.2.1"] : { name: path.slice(path.lastIndexOf("/") + 1) };
  });
  expect(targets.map(({ instance }) => instance)).toEqual(names);
  expect(gate.atOnceMax).toBe(requestsMax);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});
