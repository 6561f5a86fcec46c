import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { metricValue, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { ZookeeperServer } from "../testing/zookeeper-server.js";
import { nerveSd, serversetSd } from "./config.js";
import { frameBytesMax } from "./connection.js";
import { nerveProvider, serversetProvider } from "./provider.js";

const nerve = (host: string): unknown => ({ host, port: 1000, name: `name-${host}` });
const nerveTarget = (host: string, path: string): Record<string, string> => ({
  __address__: `${host}:1000`,
  __meta_nerve_endpoint_host: host,
  __meta_nerve_endpoint_name: `name-${host}`,
  __meta_nerve_endpoint_port: "1000",
  __meta_nerve_path: path,
});

async function open(nodes: Readonly<Record<string, unknown>>): Promise<ZookeeperServer> {
  const server = await ZookeeperServer.open(nodes);
  onTestFinished(() => server.close());
  return server;
}

/** Lists come as changes are told, so what is expected may be the second or third. */
async function reach(running: RunningProvider, expected: readonly Record<string, string>[]): Promise<void> {
  for (;;) if (isDeepStrictEqual(targetsOf(await running.next()), expected)) return;
}

function watch(...servers: readonly string[]): RunningProvider {
  const running = runProvider(nerveProvider, nerveSd, `{ servers: ${JSON.stringify(servers)}, paths: [/services] }`);
  onTestFinished(() => running.stop());
  return running;
}

test("serversets' members are targets, with all their endpoints", async () => {
  const member = {
    serviceEndpoint: { host: "10.0.0.1", port: 8080 },
    additionalEndpoints: { "http-admin": { host: "10.0.0.1", port: 9990 } },
    status: "ALIVE",
    shard: 3,
  };
  const server = await open({ "/twitter": "", "/twitter/member_0": member, "/twitter/member_1": "no JSON" });
  const yaml = `{ servers: ["${server.address}"], paths: [/twitter, /nothing] }`;
  const running = runProvider(serversetProvider, serversetSd, yaml);
  onTestFinished(() => running.stop());
  expect(targetsOf(await running.next())).toEqual([
    {
      __address__: "10.0.0.1:8080",
      __meta_serverset_endpoint_host: "10.0.0.1",
      __meta_serverset_endpoint_host_http_admin: "10.0.0.1",
      __meta_serverset_endpoint_port: "8080",
      __meta_serverset_endpoint_port_http_admin: "9990",
      __meta_serverset_path: "/twitter/member_0",
      __meta_serverset_shard: "3",
      __meta_serverset_status: "ALIVE",
    },
  ]);
});

test("members that come, change and go are told; so is a path that comes into being", async () => {
  const server = await open({});
  const running = watch(server.address);
  await reach(running, []);
  server.put("/services", "");
  server.put("/services/web", "");
  server.put("/services/web/one", nerve("a"));
  await reach(running, [nerveTarget("a", "/services/web/one")]);
  server.put("/services/web/one", nerve("b"));
  await reach(running, [nerveTarget("b", "/services/web/one")]);
  server.delete("/services/web/one");
  server.put("/services/web/one", nerve("c"));
  await reach(running, [nerveTarget("c", "/services/web/one")]);
  server.delete("/services/web/one");
  await reach(running, []);
});

test("a session that ends is followed by one with the next server; the last list stands meanwhile", async () => {
  const first = await open({ "/services": nerve("a") });
  const second = await open({ "/services": nerve("b") });
  const running = watch(first.address, second.address);
  expect(targetsOf(await running.next())).toEqual([nerveTarget("a", "/services")]);
  const pinged = first.pinged();
  await running.clock.advance(3400);
  await pinged;
  first.drop();
  await running.nextFailure();
  expect(running.logged.join("")).toContain("the connection ended");
  await running.clock.advance(1000);
  expect(targetsOf(await running.next())).toEqual([nerveTarget("b", "/services")]);
  expect(await metricValue(running.registry, "prometheus_treecache_zookeeper_failures_total")).toBe(1);
});

test("a session that the server grants for less than was asked is kept by pings in time", async () => {
  const server = await open({ "/services": nerve("a") });
  server.sessionTimeoutMs = 1500;
  const running = watch(server.address);
  await running.next();
  const pinged = server.pinged();
  await running.clock.advance(500);
  await pinged;
});

test("a server that says nothing is left after two thirds of the session", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void silent.close());
  await new Promise((resolve) => silent.once("listening", resolve));
  const running = watch(`127.0.0.1:${(silent.address() as AddressInfo).port}`);
  await running.clock.advance(7000);
  await running.nextFailure();
  expect(running.logged.join("")).toContain("did not answer within 6667 ms");
});

test("a server that sends no frames is left", async () => {
  const head = Buffer.alloc(4);
  head.writeInt32BE(frameBytesMax + 1);
  const strange = createServer((socket) => void socket.on("error", () => {}).write(head)).listen(0, "127.0.0.1");
  onTestFinished(() => void strange.close());
  await new Promise((resolve) => strange.once("listening", resolve));
  const running = watch(`127.0.0.1:${(strange.address() as AddressInfo).port}`);
  await running.nextFailure();
  expect(running.logged.join("")).toContain(`a frame of ${frameBytesMax + 1} bytes is no answer`);
});
