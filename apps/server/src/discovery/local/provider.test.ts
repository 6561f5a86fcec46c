// The search over a folder that looks like /proc, with programs that answer from a table.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RunningProvider, startProvider, targetsOf } from "../testing/world.js";
import { createProbe, isWorthAsking } from "./probe.js";
import { nameOf } from "./process.js";
import { probesAtOnceMax, probesMax, providerOf } from "./provider.js";

let procfs: string;
let running: RunningProvider | undefined;
let asked: string[];
let answers: ReadonlySet<string>;

beforeEach(() => {
  procfs = mkdtempSync(join(tmpdir(), "procfs-"));
  mkdirSync(join(procfs, "net"));
  asked = [];
  answers = new Set();
});

afterEach(() => {
  running?.stop();
  running = undefined;
  rmSync(procfs, { recursive: true });
});

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

/** `local` as the kernel writes it: "0100007F:1F90". */
function listen(
  file: "tcp" | "tcp6",
  sockets: readonly (readonly [local: string, inode: string, state?: string])[],
): void {
  const lines = sockets.map(
    ([local, inode, state = "0A"], i) =>
      `   ${i}: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0\n`,
  );
  writeFileSync(join(procfs, "net", file), header + lines.join(""));
}

function addProcess(pid: string, commandLine: readonly string[], inodes: readonly string[]): void {
  const folder = join(procfs, pid);
  mkdirSync(join(folder, "fd"), { recursive: true });
  writeFileSync(join(folder, "comm"), "comm\n");
  writeFileSync(join(folder, "cmdline"), commandLine.map((argument) => `${argument}\0`).join(""));
  symlinkSync("/srv/shop", join(folder, "cwd"));
  for (const inode of inodes) symlinkSync(`socket:[${inode}]`, join(folder, "fd", inode));
}

function start(config: { readonly exclude_ports?: readonly number[] } = {}): RunningProvider {
  const probe = async (address: string): Promise<boolean> => {
    asked.push(address);
    return answers.has(address);
  };
  const provider = providerOf({ procfs, ownPid: "1", createProbe: () => ({ probe, close: () => {} }) });
  running = startProvider(provider, { refresh_interval: 15_000, exclude_ports: [], ...config });
  return running;
}

test("a port that shows metrics becomes a target with its process' name", async () => {
  listen("tcp", [
    ["0100007F:1F90", "100"],
    ["00000000:0BB8", "101"],
    ["0100007F:9C40", "102", "01"],
  ]);
  listen("tcp6", [
    ["00000000000000000000000000000000:1F91", "103"],
    ["00000000000000000000000001000000:1F92", "104"],
    ["B80D0120000000000000000001000000:1F93", "105"],
    ["0000000000000000FFFF00000500A8C0:1F94", "106"],
  ]);
  addProcess("20", ["/usr/bin/node", "--enable-source-maps", "dist/server.js"], ["100", "104"]);
  addProcess("21", ["nginx: master process /usr/sbin/nginx"], ["103"]);
  answers = new Set(["127.0.0.1:8080", "127.0.0.1:8081", "[::1]:8082"]);
  const groups = targetsOf(await start().next());
  expect(asked).toEqual([
    "127.0.0.1:8080",
    "127.0.0.1:3000",
    "127.0.0.1:8081",
    "[::1]:8082",
    "[2001:db8::1]:8083",
    "192.168.0.5:8084",
  ]);
  expect(groups).toEqual([
    {
      __address__: "127.0.0.1:8080",
      job: "shop",
      instance: "localhost:8080",
      __meta_local_port: "8080",
      __meta_local_process_id: "20",
      __meta_local_process_name: "shop",
    },
    expect.objectContaining({ __address__: "127.0.0.1:8081", job: "nginx" }),
    expect.objectContaining({ __address__: "[::1]:8082", job: "shop", instance: "[::1]:8082" }),
  ]);
});

test("our own ports, excluded ones and those of other protocols are not asked", async () => {
  listen("tcp", [
    ["0100007F:1F90", "100"],
    ["0100007F:1F91", "101"],
    ["0100007F:1538", "102"],
    ["0100007F:1F92", "103"],
  ]);
  addProcess("1", ["narthex"], ["100"]);
  await start({ exclude_ports: [8081] }).next();
  expect(asked).toEqual(["127.0.0.1:8082"]);
  expect(isWorthAsking(5432)).toBe(false);
});

test("a silent port is asked again ever later, then no more; another process on it at once", async () => {
  listen("tcp", [["0100007F:1F90", "100"]]);
  const { clock, next } = start();
  await next();
  const askedAt: number[] = [];
  for (let refresh = 1; refresh <= 120; refresh++) {
    const before = asked.length;
    await clock.advance(15_000);
    await next();
    if (asked.length > before) askedAt.push(15 * refresh);
  }
  expect(askedAt).toEqual([15, 75, 675]);
  listen("tcp", [["0100007F:1F90", "200"]]);
  answers = new Set(["127.0.0.1:8080"]);
  await clock.advance(15_000);
  expect(targetsOf(await next())).toEqual([expect.objectContaining({ job: "port-8080" })]);
  listen("tcp", []);
  await clock.advance(15_000);
  expect(await next()).toEqual([]);
});

test("many ports are asked in turns", async () => {
  const ports = Array.from({ length: probesMax + 10 }, (_, i) => (20_000 + i).toString(16).toUpperCase());
  listen(
    "tcp",
    ports.map((port, i) => [`0100007F:${port}`, String(i)]),
  );
  const { clock, next } = start();
  await next();
  expect(asked.length).toBe(probesMax);
  await clock.advance(15_000);
  await next();
  expect(new Set(asked).size).toBe(ports.length);
  expect(probesAtOnceMax).toBeLessThan(10);
});

test("a machine that does not tell has no local targets, and says so once", async () => {
  rmSync(join(procfs, "net"), { recursive: true });
  const { clock, next, logged, failures } = start();
  expect(await next()).toEqual([]);
  await clock.advance(15_000);
  expect(await next()).toEqual([]);
  expect(logged.filter((line) => line.includes("/proc/net")).length).toBe(1);
  expect(failures()).toBe(0);
});

test.each<[argv: string[], name: string]>([
  [["/usr/bin/prometheus-node-exporter", "--web.listen-address=:9100"], "prometheus-node-exporter"],
  [["node", "shop.mjs"], "shop"],
  [["/opt/node/bin/node", "/srv/billing/dist/main.js"], "billing"],
  [["node", "--inspect", "."], "shop"],
  [["node", "--require", "./tracing.cjs", "-r", "dotenv/config", "shop.mjs"], "shop"],
  [["python3", "-m", "uvicorn.main", "app:app"], "uvicorn"],
  [["python3.11", "/srv/reports/manage.py", "runserver"], "reports"],
  [["java", "-Xmx1g", "-cp", "a:b", "-jar", "/opt/orders-service-2.4.1.jar"], "orders-service"],
  [["java", "-cp", "a:b", "com.example.Billing"], "Billing"],
  [["postgres: writer process"], "postgres"],
  [[], "comm"],
])("%j is called %s", (argv, name) => {
  expect(nameOf({ comm: "comm", argv, cwd: "/srv/shop" })).toBe(name);
});

describe("asking", () => {
  const servers: Server[] = [];
  const { probe, close } = createProbe();

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function answerOf(listener: RequestListener): Promise<boolean> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return probe(`127.0.0.1:${(server.address() as AddressInfo).port}`, new AbortController().signal);
  }

  test.each<[title: string, type: string, body: string, isTarget: boolean]>([
    ["text", "text/plain; version=0.0.4", "m 1\n", true],
    ["OpenMetrics", "application/openmetrics-text; version=1.0.0", "m 1\n# EOF\n", true],
    ["a page", "text/html", "<html>", false],
    ["plain words", "text/plain", "hello, world!", false],
    ["nothing", "text/plain", "", false],
  ])("%s", async (_, type, body, isTarget) => {
    const paths: string[] = [];
    const found = await answerOf((request, response) => {
      paths.push(`${request.method} ${request.url}`);
      response.writeHead(200, { "content-type": type }).end(body);
    });
    expect([found, paths]).toEqual([isTarget, ["GET /metrics"]]);
  });

  test("a redirect is not followed, and what hangs up is no target", async () => {
    expect(await answerOf((_, response) => response.writeHead(302, { location: "/else" }).end())).toBe(false);
    expect(await answerOf((request) => request.socket.destroy())).toBe(false);
    close();
  });
});
