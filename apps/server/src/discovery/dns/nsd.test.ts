// Beside a real name server (Debian's nsd): what comes over the wire is not ours.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { mkdtempSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricValue, type RunningProvider, runProvider, targetsOf } from "../testing/world.js";
import { dnsSd } from "./config.js";
import { dnsProviderOn } from "./provider.js";

const isThere = spawnSync("nsd", ["-v"]).error === undefined;
const real = isThere ? test : test.skip;
if (!isThere) test.skip("nsd is absent: no real name server is asked", () => {});

const zone = `$ORIGIN example.test.
$TTL 60
@ SOA ns1 admin 1 3600 900 604800 60
@ NS ns1
@ NS ns2
@ MX 10 mail
@ MX 20 backup.mail
ns1 A 192.0.2.53
ns2 A 192.0.2.54
web A 192.0.2.2
web AAAA 2001:db8::2
alias CNAME web
_db._tcp SRV 1 1 3306 db1
_db._tcp SRV 1 1 3307 db2
${Array.from({ length: 200 }, (_, i) => `many A 198.51.100.${i}`).join("\n")}
`;

let server: ChildProcess;
let port: number;

beforeAll(async () => {
  if (!isThere) return;
  port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "nsd-"));
  writeFileSync(join(folder, "example.test"), zone);
  const options = [
    ["username", '""'],
    ["database", '""'],
    ["pidfile", '""'],
    ["ip-address", `127.0.0.1@${port}`],
    ["zonesdir", folder],
    ["zonelistfile", join(folder, "zone.list")],
    ["xfrdfile", join(folder, "xfrd")],
    ["xfrdir", folder],
    ["server-count", "1"],
    ["verbosity", "1"],
  ];
  // A zone whose file is not there is answered with SERVFAIL.
  const zones = ["example.test", "broken.test"].map((name) => `zone:\n  name: ${name}\n  zonefile: ${name}\n`);
  const serverBlock = options.map(([name, value]) => `  ${name}: ${value}\n`).join("");
  const file = join(folder, "nsd.conf");
  writeFileSync(file, `server:\n${serverBlock}remote-control:\n  control-enable: no\n${zones.join("")}`);
  server = spawn("nsd", ["-d", "-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  await saying(server, "nsd started");
});

afterAll(() => void server?.kill());

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

function saying({ stderr }: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    stderr?.on("data", (part: Buffer) => {
      said += part.toString();
      if (said.includes(words)) resolve();
    });
    stderr?.on("close", () => reject(new Error(`nsd ended: ${said}`)));
  });
}

function start(yaml: string, before: readonly string[] = []): RunningProvider {
  const provider = dnsProviderOn(() => {
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    resolver.setServers([...before, `127.0.0.1:${port}`]);
    return { resolver, search: { domains: ["nothing.test", "example.test"], ndots: 1 } };
  });
  return runProvider(provider, dnsSd, yaml);
}

async function addresses(yaml: string, before?: readonly string[]): Promise<string[]> {
  const running = start(yaml, before);
  const targets = targetsOf(await running.next());
  running.stop();
  return targets.map(({ __address__: address = "" }) => address).sort();
}

const records: [title: string, yaml: string, expected: string[]][] = [
  ["A", "{ names: [web.example.test], type: A, port: 1 }", ["192.0.2.2:1"]],
  ["AAAA", "{ names: [web.example.test.], type: AAAA, port: 1 }", ["[2001:db8::2]:1"]],
  ["an alias", "{ names: [alias.example.test], type: A, port: 1 }", ["192.0.2.2:1"]],
  ["SRV", "{ names: [_db._tcp.example.test] }", ["db1.example.test:3306", "db2.example.test:3307"]],
  ["MX", "{ names: [example.test], type: MX, port: 25 }", ["backup.mail.example.test:25", "mail.example.test:25"]],
  ["NS", "{ names: [example.test], type: NS, port: 53 }", ["ns1.example.test:53", "ns2.example.test:53"]],
  ["a name of the search list", "{ names: [web], type: A, port: 1 }", ["192.0.2.2:1"]],
  ["a name that is not there", "{ names: [gone.example.test], type: A, port: 1 }", []],
  ["a name without such a record", "{ names: [ns1.example.test], type: AAAA, port: 1 }", []],
];

real.each(records)("%s", async (_, yaml, expected) => {
  expect(await addresses(yaml)).toEqual(expected);
});

real("an answer that is too long for a datagram comes over TCP", async () => {
  expect(await addresses("{ names: [many.example.test], type: A, port: 1 }")).toHaveLength(200);
});

real("a server that is not there is followed by the next", async () => {
  const dead = `127.0.0.1:${await freePort()}`;
  expect(await addresses("{ names: [web.example.test], type: A, port: 1 }", [dead])).toEqual(["192.0.2.2:1"]);
});

real("a zone that the server cannot read is a failure", async () => {
  const running = start("{ names: [a.broken.test., web.example.test.], type: A, port: 1 }");
  expect((await running.next()).map(({ source }) => source)).toEqual(["web.example.test."]);
  expect(running.logged.join("")).toContain("Error refreshing DNS targets");
  expect(await metricValue(running.registry, "prometheus_sd_dns_lookup_failures_total")).toBe(1);
  running.stop();
});
