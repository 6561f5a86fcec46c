import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SimClock } from "@narthex/stdx";
import { afterEach, expect, test } from "vitest";
import { ExecCredentials } from "./exec-credential.js";

const apiVersion = "client.authentication.k8s.io/v1";
const start = Date.parse("2026-01-01T00:00:00Z");
let open: ExecCredentials | undefined;

afterEach(() => open?.close());

type Login = {
  readonly credentials: ExecCredentials;
  readonly folder: string;
  readonly clock: SimClock;
  readonly runs: () => number;
};

/** Credentials of a shell script, which notes each run; `status` is what it prints below that name. */
function login(status: unknown, script = ""): Login {
  const folder = mkdtempSync(join(tmpdir(), "exec-"));
  writeFileSync(join(folder, "status"), JSON.stringify({ apiVersion, status }));
  writeFileSync(join(folder, "login"), `#!/bin/sh\ncd ${folder}\necho run >> runs\n${script}\ncat status\n`, {
    mode: 0o755,
  });
  const clock = new SimClock(start);
  const config = {
    command: "./login",
    args: [],
    env: [],
    apiVersion,
    installHint: "",
    interactiveMode: "",
    provideClusterInfo: false,
  };
  const credentials = new ExecCredentials(config, { file: join(folder, "config"), cluster: {}, clock });
  open = credentials;
  const runs = (): number => readFileSync(join(folder, "runs"), "utf8").trim().split("\n").length;
  return { credentials, folder, clock, runs };
}

const pem = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../../../packages/service/testdata/tls/${name}`, import.meta.url)), "utf8");

test("a token holds until it ends", async () => {
  const { credentials, clock, runs } = login({ token: "t", expirationTimestamp: "2026-01-01T00:00:30Z" });
  const both = await Promise.all([credentials.header(), credentials.header()]);
  expect(both).toEqual(["Bearer t", "Bearer t"]);
  await clock.advance(29_999);
  await credentials.header();
  expect(runs()).toBe(1);
  await clock.advance(1);
  await credentials.header();
  expect(runs()).toBe(2);
});

test("one that does not say when it ends holds until it is refused, once for all who used it", async () => {
  const { credentials, folder, clock, runs } = login({ token: "first" });
  await credentials.header();
  await clock.advance(1e9);
  expect(await credentials.header()).toBe("Bearer first");
  writeFileSync(join(folder, "status"), JSON.stringify({ status: { token: "second" } }));
  credentials.refused("Bearer first");
  expect(await credentials.header()).toBe("Bearer second");
  credentials.refused("Bearer first");
  expect(await credentials.header()).toBe("Bearer second");
  expect(runs()).toBe(2);
});

test("a certificate stands beside a token or alone, and ends with itself", async () => {
  const pair = { clientCertificateData: pem("client.crt"), clientKeyData: pem("client.key") };
  const { credentials, clock, runs } = login(pair);
  expect(await credentials.header()).toBeUndefined();
  expect(credentials.certificate()).toEqual({ cert: pair.clientCertificateData, key: pair.clientKeyData });
  expect(credentials.certificate()).toBe(credentials.certificate());
  await clock.advance(200 * 365 * 86_400_000);
  await credentials.header();
  expect(runs()).toBe(2);
  expect(await login({ ...pair, token: "t" }).credentials.header()).toBe("Bearer t");
});

const broken: [title: string, status: unknown, text: string][] = [
  ["nothing", {}, "it printed neither a token nor a certificate"],
  ["a key alone", { clientKeyData: pem("client.key") }, "without its key, or a key alone"],
  [
    "another's key",
    { clientCertificateData: pem("client.crt"), clientKeyData: pem("server.key") },
    "is not the certificate's",
  ],
  ["no certificate", { clientCertificateData: "x", clientKeyData: "y" }, "no credentials from"],
];

test.each(broken)("%s is refused", async (_, status, text) => {
  await expect(login(status).credentials.header()).rejects.toThrow(text);
});

test("another version of the protocol is refused", async () => {
  const { credentials, folder } = login({});
  writeFileSync(join(folder, "status"), JSON.stringify({ apiVersion: `${apiVersion}beta1`, status: { token: "t" } }));
  await expect(credentials.header()).rejects.toThrow(`it speaks ${apiVersion}beta1`);
});

test("a program that complains and fails is told with its complaint", async () => {
  await expect(login({}, "echo no such cluster >&2; exit 3").credentials.header()).rejects.toThrow(
    "it ended with 3: no such cluster",
  );
});

test("closing kills the program and what it started", async () => {
  const { credentials, folder } = login({}, "sleep 600 & echo $! > child.tmp; mv child.tmp child; wait");
  const header = credentials.header();
  const pidFile = join(folder, "child");
  await expect.poll(() => existsSync(pidFile), { timeout: 10_000 }).toBe(true);
  credentials.close();
  await expect(header).rejects.toThrow("discovery was stopped");
  const pid = readFileSync(pidFile, "utf8").trim();
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  await expect(credentials.header()).rejects.toThrow("discovery was stopped");
});

/** A zombie does not: who reaps it is another's matter. */
function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
