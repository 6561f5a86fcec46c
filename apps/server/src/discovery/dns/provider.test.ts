import { Resolver } from "node:dns/promises";
import { candidateNames, parseSearchList } from "@narthex/service";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DnsServer, type Zone } from "../testing/dns-server.js";
import { metricValue, parseSd, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { dnsSd } from "./config.js";
import { dnsProviderOn } from "./provider.js";

let server: DnsServer;
let running: RunningProvider | undefined;

const zone: Zone = {
  "web.example.com": [
    { type: "A", address: "192.0.2.2" },
    { type: "A", address: "192.0.2.3" },
    { type: "AAAA", address: "2001:db8::7" },
  ],
  "_db._tcp.example.com": [
    { type: "SRV", target: "db1.example.com", port: 3306 },
    { type: "SRV", target: "db2.example.com", port: 3307 },
  ],
  "example.com": [
    { type: "MX", target: "mail.example.com", priority: 10 },
    { type: "NS", target: "ns.example.com" },
  ],
  "broken.example.com": "servfail",
};

beforeEach(async () => {
  server = await DnsServer.open({ ...zone });
});

afterEach(() => {
  running?.stop();
  server.close();
});

function start(yaml: string): RunningProvider {
  const provider = dnsProviderOn(() => {
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([server.address]);
    return { resolver, search: { domains: ["example.com"], ndots: 1 } };
  });
  running = runProvider(provider, dnsSd, yaml);
  return running;
}

const records: [yaml: string, expected: Record<string, string>[]][] = [
  [
    "{ names: [web.example.com], type: A, port: 80 }",
    [
      { __address__: "192.0.2.2:80", __meta_dns_name: "web.example.com" },
      { __address__: "192.0.2.3:80", __meta_dns_name: "web.example.com" },
    ],
  ],
  [
    "{ names: [web.example.com.], type: aaaa, port: 80 }",
    [{ __address__: "[2001:db8::7]:80", __meta_dns_name: "web.example.com." }],
  ],
  [
    "{ names: [_db._tcp.example.com] }",
    [
      {
        __address__: "db1.example.com:3306",
        __meta_dns_name: "_db._tcp.example.com",
        __meta_dns_srv_record_target: "db1.example.com.",
        __meta_dns_srv_record_port: "3306",
      },
      {
        __address__: "db2.example.com:3307",
        __meta_dns_name: "_db._tcp.example.com",
        __meta_dns_srv_record_target: "db2.example.com.",
        __meta_dns_srv_record_port: "3307",
      },
    ],
  ],
  [
    "{ names: [example.com], type: MX, port: 25 }",
    [
      {
        __address__: "mail.example.com:25",
        __meta_dns_name: "example.com",
        __meta_dns_mx_record_target: "mail.example.com.",
      },
    ],
  ],
  [
    "{ names: [example.com], type: NS, port: 53 }",
    [
      {
        __address__: "ns.example.com:53",
        __meta_dns_name: "example.com",
        __meta_dns_ns_record_target: "ns.example.com.",
      },
    ],
  ],
  [
    "{ names: [web], type: A, port: 1 }",
    ["2", "3"].map((n) => ({ __address__: `192.0.2.${n}:1`, __meta_dns_name: "web" })),
  ],
  ["{ names: [gone.example.com], type: A, port: 1 }", []],
];

test.each(records)("%s", async (yaml, expected) => {
  const sorted = targetsOf(await start(yaml).next()).sort((a, b) =>
    (a["__address__"] ?? "") < (b["__address__"] ?? "") ? -1 : 1,
  );
  expect(sorted).toEqual(expected);
});

test("a name whose server fails keeps its last good list, beside others that go on", async () => {
  const { next, clock, logged, registry } = start("{ names: [web.example.com, broken.example.com], type: A, port: 1 }");
  expect((await next()).map(({ source }) => source)).toEqual(["web.example.com"]);
  server.zone["web.example.com"] = "servfail";
  server.zone["broken.example.com"] = [{ type: "A", address: "192.0.2.9" }];
  await clock.advance(30_000);
  expect((await next()).map(({ source, targets }) => `${source} ${targets.length}`)).toEqual([
    "web.example.com 2",
    "broken.example.com 1",
  ]);
  expect(logged.join("")).toContain("Error refreshing DNS targets");
  expect(await metricValue(registry, "prometheus_sd_dns_lookups_total")).toBe(4);
  expect(await metricValue(registry, "prometheus_sd_dns_lookup_failures_total")).toBe(2);
});

const mistakes: [yaml: string, text: string][] = [
  ["{}", "DNS-SD config must contain at least one SRV record name"],
  ["{ names: [a], type: TXT }", "invalid DNS-SD records type TXT"],
  ["{ names: [a], type: A }", "a port is required in DNS-SD configs for all record types except SRV"],
  ["{ name: a }", "field name not found in type dns.plain"],
];

test.each(mistakes)("%s is refused", (yaml, text) => {
  expect(() => parseSd(dnsSd, yaml)).toThrow(text);
});

test("names are searched as resolv.conf says", () => {
  const list = parseSearchList(
    "# comment\nnameserver 192.0.2.1\nsearch a.test. b.test ; more\noptions edns0 ndots:2\n",
  );
  expect(list).toEqual({ domains: ["a.test", "b.test"], ndots: 2 });
  expect(candidateNames("x", list)).toEqual(["x.a.test", "x.b.test", "x"]);
  expect(candidateNames("x.y.z", list)).toEqual(["x.y.z", "x.y.z.a.test", "x.y.z.b.test"]);
  expect(candidateNames("x.", list)).toEqual(["x"]);
});
