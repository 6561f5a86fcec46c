// Clients that mean harm, below and above HTTP: each is refused or cut off, and the server goes on scraping and answering.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectSecure } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { value } from "./api.js";
import { eventually } from "./eventually.js";
import { answers, freshFolder, root } from "./processes.js";
import { launchServer, startServer, type TestServer } from "./server.js";

const secret = "not-to-be-read";
const readTimeoutMs = 2000;
const connectionsMax = 100;
/** Both ends of each are files of some process: mind `ulimit -n`. */
const connectionsTotal = Number(process.env["CONNECTIONS"] ?? 10_000);
/** Connections beyond the bound that wait. */
const waitingMax = 4096;
const host = "127.0.0.1";

function startVictim(flags: readonly string[] = []): Promise<TestServer> {
  return launchServer({
    config: (port) =>
      `scrape_configs: [{ job_name: self, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ["${host}:${port}"] }] }]`,
    files: { "secret.html": secret },
    flags: (folder) => [
      `--web.read-timeout=${readTimeoutMs}ms`,
      `--web.max-connections=${connectionsMax}`,
      `--web.console.templates=${join(folder, "consoles")}`,
      ...flags,
    ],
  });
}

async function startOpenVictim(): Promise<TestServer> {
  const victim = await startVictim();
  await answers(victim.program, `${victim.base}/-/ready`);
  await eventually("it scrapes itself", async () => (await value(victim.base, 'up{job="self"}')) === 1);
  return victim;
}

/** What comes back until the other end closes; "" for a connection that is cut off. */
function talk(port: number, text: string, onOpen: (socket: Socket) => void = () => {}): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, host, () => {
      socket.write(text, "latin1");
      onOpen(socket);
    });
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => (answer += part));
    // A reset is an answer, too.
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "cut off";

async function expectAlive({ base, program }: TestServer): Promise<void> {
  expect(program.child.exitCode).toBeNull();
  expect(await value(base, "vector(1)")).toBe(1);
}

describe("a client that breaks the protocol", () => {
  const close = "Connection: close\r\n\r\n";
  const cases: readonly [what: string, text: string, status: RegExp][] = [
    ["a header that breaks the line", `GET /-/healthy HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n${close}`, /400|cut off/],
    [
      "two lengths",
      `POST /api/v1/query HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n${close}query`,
      /400/,
    ],
    [
      "a length and chunks",
      `POST /api/v1/query HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${close}0\r\n\r\n`,
      /400/,
    ],
    [
      "a chunk whose length is none",
      `POST /api/v1/query HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${close}zz\r\n`,
      /400/,
    ],
    ["a head of 1 MB", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(1_000_000)}\r\n${close}`, /431|cut off/],
    ["a path of 1 MB", `GET /${"x".repeat(1_000_000)} HTTP/1.1\r\nHost: a\r\n${close}`, /414|431|cut off/],
    ["a method that is none", `BREW / HTTP/1.1\r\nHost: a\r\n${close}`, /400|404|405|501/],
    ["no host", `GET /-/healthy HTTP/1.1\r\n${close}`, /400/],
    ["another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /400|cut off/],
    ["nothing but zeros", "\0".repeat(1000), /400|cut off/],
  ];

  it("is refused", async () => {
    const victim = await startOpenVictim();
    for (const [what, text, status] of cases) {
      expect([what, statusOf(await talk(victim.port, text))]).toEqual([what, expect.stringMatching(status)]);
      await expectAlive(victim);
    }
  });
});

it("clients that send slowly are cut off, and scraping goes on", async () => {
  const victim = await startOpenVictim();
  const head = "GET /-/healthy HTTP/1.1\r\nHost: a\r\nX: ";
  const body =
    "POST /api/v1/query HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\nq";
  const drip = (socket: Socket): void => {
    const timer = setInterval(() => socket.write("x"), 100);
    socket.on("close", () => clearInterval(timer));
  };
  const slow = [head, body].flatMap((text) => Array.from({ length: 20 }, () => talk(victim.port, text, drip)));
  const statuses = (await Promise.all(slow)).map(statusOf);
  expect(new Set(statuses)).toEqual(new Set(["408"]));
  await expectAlive(victim);
  const samples = await eventually("scraping went on", () => value(victim.base, 'count_over_time(up{job="self"}[5s])'));
  expect(samples).toBeGreaterThanOrEqual(3);
});

it("clients that ask for much and take nothing do not keep others from their answers", async () => {
  const victim = await startOpenVictim();
  const count = async (): Promise<number> => (await value(victim.base, 'count({__name__=~"prometheus_.+"})')) ?? 0;
  await eventually("there is much to ask for", async () => (await count()) > 100);
  const now = Date.now() / 1000;
  // More than 50 MB each, far more than what sockets and the server hold of one.
  const asked = new URLSearchParams({
    query: '{__name__=~"prometheus_.+"}',
    start: String(now),
    end: String(now + 280),
    step: String(280 / 8000),
  });
  const request = `GET /api/v1/query_range?${asked} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const stuck = Array.from({ length: 14 }, () => {
    const socket = connect(victim.port, host, () => socket.write(request));
    socket.on("error", () => {});
    // As much as the kernel takes for it, and no more.
    socket.pause();
    return socket;
  });
  await eventually("the slowest are cut off", async () => victim.program.output().includes("an answer was cut off"));
  await expectAlive(victim);
  expect(await count()).toBeGreaterThan(100);
  for (const socket of stuck) socket.destroy();
  await eventually("all are let go", async () => {
    const metrics = await (await fetch(`${victim.base}/metrics`)).text();
    return /^prometheus_engine_queries 0$/m.test(metrics);
  });
  await expectAlive(victim);
});

/** Opens so many connections that say nothing, some hundreds at a time; gives those that are open. */
async function crowd(port: number, total: number): Promise<Set<Socket>> {
  const open = new Set<Socket>();
  const openOne = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(port, host);
      open.add(socket);
      socket.on("connect", () => resolve());
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        resolve();
      });
    });
  // The kernel keeps about as many that nobody has accepted.
  const atOnce = 400;
  for (let i = 0; i < total; i += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, total - i) }, openOne));
  }
  return open;
}

describe(`${connectionsTotal} connections at once`, () => {
  /** Scraped each second, on a port of its own. */
  const scrapes: number[] = [];
  const target = createServer((_, response) => {
    scrapes.push(Date.now());
    response.setHeader("content-type", "text/plain; version=0.0.4").end("x 1\n");
  });
  beforeAll(() => new Promise<void>((resolve) => target.listen(0, host, resolve)));
  afterAll(() => void target.close());
  const peakMiB = ({ program }: TestServer): number =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/status`, "utf8"))?.[1]) / 1024;

  it.each<[string, number, string[]]>([
    ["--web.max-connections", connectionsMax, [`--web.max-connections=${connectionsMax}`]],
    ["512, which is the default,", 512, []],
  ])("are read up to %s, as many as the kernel keeps wait, and the server goes on", async (_, bound, flags) => {
    const { port: targetPort } = target.address() as { port: number };
    const victim = await startServer({
      config: `scrape_configs: [{ job_name: t, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ["${host}:${targetPort}"] }] }]`,
      flags,
    });
    // The client that asks here keeps its connection, and is one of those that are held.
    await eventually("it scrapes", async () => (await value(victim.base, "x")) === 1);
    const before = peakMiB(victim);
    const began = Date.now();
    const open = await crowd(victim.port, connectionsTotal);
    const heldMax = bound + waitingMax;
    await eventually("those beyond the bound are closed", async () => open.size <= heldMax);
    expect(open.size).toBeGreaterThan(Math.min(heldMax, connectionsTotal) - 20);
    expect(peakMiB(victim) - before).toBeLessThan(100);
    const during = scrapes.filter((time) => time >= began).length;
    expect(during).toBeGreaterThanOrEqual(Math.floor((Date.now() - began) / 1000) - 1);
    for (const socket of open) socket.destroy();
    await eventually("it answers", async () => (await value(victim.base, "vector(1)")) === 1);
    expect(victim.program.child.exitCode).toBeNull();
  });
});

it("no path leads out of the folders, and no parameter into the headers", async () => {
  const victim = await startOpenVictim();
  const paths = [
    "/../secret.html",
    "/%2e%2e/secret.html",
    "/..%2fsecret.html",
    "/..%5csecret.html",
    "/%252e%252e/secret.html",
    "/....//secret.html",
    "/./../secret.html",
  ];
  const roots = ["", "/consoles", "/assets", "/user", "/api/v1/label", "/alertmanager"];
  for (const path of roots.flatMap((start) => paths.map((rest) => start + rest))) {
    const answer = await talk(victim.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect([path, answer.includes(secret)]).toEqual([path, false]);
    expect([path, statusOf(answer)]).toEqual([path, expect.stringMatching(/^(?:400|404)$/)]);
  }
  const split = "%0d%0aSet-Cookie:%20a=b%0d%0a";
  for (const path of [`/graph?${split}`, `/?${split}`, `//evil.example/graph`, `/api/v1/query?query=${split}`]) {
    const answer = await talk(
      victim.port,
      `GET ${path} HTTP/1.1\r\nHost: a\r\nOrigin: b${split}\r\nConnection: close\r\n\r\n`,
    );
    const [head = ""] = answer.split("\r\n\r\n");
    expect(head.toLowerCase()).not.toContain("\r\nset-cookie");
    expect(head.toLowerCase()).not.toContain("location: //");
  }
  const endless = `POST /api/v1/query HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  expect(statusOf(await talk(victim.port, endless, (socket) => socket.write(chunk.repeat(50))))).toBe("413");
  await expectAlive(victim);
});

it("passwords that are wrong and TLS that is none are turned away", async () => {
  const tls = join(root, "packages/service/testdata/tls");
  const web = join(freshFolder(), "web.yml");
  // Of the password "right".
  const hash = "$2b$04$FWIhfmc1/m2GEm7EqZJ2TOIIgJCeKVjiGVyxE2nXJaFIvfg7Slps6";
  writeFileSync(
    web,
    `tls_server_config: { cert_file: ${tls}/server.crt, key_file: ${tls}/server.key }\nbasic_auth_users: { admin: '${hash}' }\n`,
  );
  const secure = await startVictim([`--web.config.file=${web}`]);
  const asked = (user: string | undefined): Promise<string> =>
    new Promise((resolve) => {
      let answer = "";
      const authorization =
        user === undefined ? "" : `Authorization: Basic ${Buffer.from(user).toString("base64")}\r\n`;
      const socket = connectSecure({ port: secure.port, host, rejectUnauthorized: false }, () =>
        socket.write(`GET /api/v1/query?query=1 HTTP/1.1\r\nHost: a\r\n${authorization}Connection: close\r\n\r\n`),
      );
      socket.on("data", (part: Buffer) => (answer += part.toString()));
      socket.on("error", () => {});
      socket.on("close", () => resolve(statusOf(answer)));
    });
  await eventually("it listens", async () => (await asked(undefined)) === "401");
  expect(statusOf(await talk(secure.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))).toMatch(/400|cut off/);
  expect(await asked("admin:right")).toBe("200");
  const guesses = [
    "admin:wrong",
    "admin:",
    "nobody:right",
    ":",
    "admin",
    "admin:right\0",
    `admin:${"x".repeat(10_000)}`,
  ];
  expect(await Promise.all(guesses.map(asked))).toEqual(guesses.map(() => "401"));
  const flood = await Promise.all(Array.from({ length: 90 }, (_, i) => asked(`admin:guess-${i}`)));
  expect(new Set(flood).has("200")).toBe(false);
  expect(secure.program.child.exitCode).toBeNull();
});
