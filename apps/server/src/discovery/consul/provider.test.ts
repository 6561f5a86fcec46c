import { afterEach, beforeEach, expect, test } from "vitest";
import { ApiServer, Reply } from "../testing/api.js";
import { metricValue, parseSd, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { consulSd } from "./config.js";
import { consulProvider } from "./provider.js";

/** A Consul whose blocking queries answer when their index is behind, and wait for `set` otherwise. */
class FakeConsul {
  index = 10;
  readonly services: Record<string, string[]> = {};
  readonly instances: Record<string, unknown[]> = {};
  #waiting: (() => void)[] = [];

  change(edit: () => void): void {
    edit();
    this.index++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async answer(path: string, query: URLSearchParams): Promise<unknown> {
    if (path === "/consul/v1/agent/self") return { Config: { Datacenter: "dc1" } };
    while (Number(query.get("index")) >= this.index) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const headers = { "x-consul-index": String(this.index) };
    if (path === "/consul/v1/catalog/services") return new Reply(200, { ...this.services }, headers);
    const name = path.replace("/consul/v1/health/service/", "");
    return new Reply(200, this.instances[name] ?? [], headers);
  }
}

const webInstance = {
  Node: {
    Node: "node-a",
    Address: "10.0.0.1",
    Meta: { "rack.id": "7" },
    TaggedAddresses: { lan: "10.0.0.1", wan: "192.0.2.1" },
  },
  Service: {
    ID: "web-1",
    Service: "web",
    Tags: ["canary", "v1"],
    Address: "",
    Port: 8080,
    Meta: { version: "3" },
    Namespace: "team",
    Partition: "part",
  },
  Checks: [
    { CheckID: "serfHealth", Status: "passing" },
    { CheckID: "service:web", Status: "warning" },
  ],
};

let consul: FakeConsul;
let api: ApiServer;
let running: RunningProvider | undefined;

beforeEach(async () => {
  consul = new FakeConsul();
  consul.services["web"] = ["canary", "v1"];
  consul.instances["web"] = [webInstance];
  api = await ApiServer.open(({ path, query }) => consul.answer(path, query));
});

afterEach(async () => {
  running?.stop();
  await api.close();
});

function start(fields = ""): RunningProvider {
  running = runProvider(consulProvider, consulSd, `{ server: "${api.host}", path_prefix: /consul${fields} }`);
  return running;
}

test("an instance has the labels of its node, service and checks", async () => {
  expect(targetsOf(await start().next())).toEqual([
    {
      __address__: "10.0.0.1:8080",
      __meta_consul_address: "10.0.0.1",
      __meta_consul_dc: "dc1",
      __meta_consul_health: "warning",
      __meta_consul_metadata_rack_id: "7",
      __meta_consul_namespace: "team",
      __meta_consul_node: "node-a",
      __meta_consul_partition: "part",
      __meta_consul_service: "web",
      __meta_consul_service_id: "web-1",
      __meta_consul_service_metadata_version: "3",
      __meta_consul_service_port: "8080",
      __meta_consul_tagged_address_lan: "10.0.0.1",
      __meta_consul_tagged_address_wan: "192.0.2.1",
      __meta_consul_tags: ",canary,v1,",
    },
  ]);
});

test("what is configured goes along with each query", async () => {
  const { next } = start(
    ", token: secret, datacenter: dc2, namespace: n, partition: p, node_meta: { rack: '1' }, tags: [v1], filter: f, health_filter: h",
  );
  await next();
  expect(api.paths).toEqual([
    "/consul/v1/catalog/services?index=0&wait=120000ms&stale=&dc=dc2&ns=n&partition=p&filter=f&node-meta=rack:1",
    "/consul/v1/health/service/web?index=0&wait=120000ms&stale=&dc=dc2&ns=n&partition=p&filter=h&node-meta=rack:1&tag=v1",
  ]);
  expect(api.asked[0]?.headers["x-consul-token"]).toBe("secret");
});

test("services come and go while queries wait for the next index", async () => {
  const { next, clock } = start();
  await next();
  await clock.advance(30_000);
  consul.change(() => {
    consul.services["db"] = [];
    consul.instances["db"] = [{ ...webInstance, Service: { ID: "db-1", Port: 1, Address: "db.internal" } }];
    consul.instances["web"] = [];
  });
  // The catalog's answer starts the query for db, and web's own query answers: in either order.
  await next();
  expect(targetsOf(await next()).map((target) => target["__address__"])).toEqual(["db.internal:1"]);
  await clock.advance(30_000);
  consul.change(() => delete consul.services["web"]);
  let groups = await next();
  while (groups.length > 1) groups = await next();
  expect(groups.map(({ source }) => source)).toEqual(["db"]);
});

test("services that are named need no catalog", async () => {
  const { next } = start(", services: [web], datacenter: dc1, allow_stale: false");
  await next();
  expect(api.paths).toEqual(["/consul/v1/health/service/web?index=0&wait=120000ms&dc=dc1"]);
});

test("services without a wanted tag are left out", async () => {
  expect(await start(", tags: [v2]").next()).toEqual([]);
});

test("a failure is counted and tried again after 15 s", async () => {
  api.routes = () => new Reply(500, "No cluster leader");
  const { next, nextFailure, clock, registry, logged } = start(", datacenter: dc1");
  await nextFailure();
  expect(logged.join("")).toContain("500 Internal Server Error: No cluster leader");
  expect(await metricValue(registry, "prometheus_sd_consul_rpc_failures_total")).toBe(1);
  api.routes = ({ path, query }) => consul.answer(path, query);
  await clock.advance(15_000);
  expect(targetsOf(await next())).toHaveLength(1);
});

const statuses: [checks: unknown[], expected: string][] = [
  [[], "passing"],
  [[{ Status: "passing" }, { Status: "critical" }, { Status: "warning" }], "critical"],
  [[{ Status: "critical" }, { CheckID: "_node_maintenance", Status: "critical" }], "maintenance"],
  [[{ CheckID: "_service_maintenance:web-1", Status: "critical" }], "maintenance"],
];

test.each(statuses)("checks %j are %s together", async (checks, expected) => {
  consul.instances["web"] = [{ ...webInstance, Checks: checks }];
  expect(targetsOf(await start().next())[0]?.["__meta_consul_health"]).toBe(expected);
});

const mistakes: [yaml: string, text: string][] = [
  ["{ server: '' }", "consul SD configuration requires a server address"],
  ["{ token: a, authorization: { credentials: b } }", "at most one of consul SD token, authorization, oauth2"],
  ["{ username: a, basic_auth: { username: b } }", "at most one of consul SD configuration username and password"],
  ["{ service: [a] }", "field service not found in type consul.plain"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(consulSd, yaml)).toThrow(text);
});
