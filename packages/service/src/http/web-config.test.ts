import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions, SecureVersion } from "node:tls";
import { connect } from "node:tls";
import bcrypt from "bcryptjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpClient } from "../client/client.js";
import { httpClientDecoder } from "../client/config.js";
import { createLogger } from "../log/logger.js";
import { TestServers, tlsPath, tlsText } from "../testing/servers.js";
import { parseYamlFile } from "../yaml/decode.js";
import { listenHttp } from "./listen.js";
import { loadWebConfig } from "./web-config.js";

const servers = new TestServers();
afterEach(() => servers.close());

let folder: string;
let log: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "web-config-"));
  log = [];
  install("server");
});

function install(name: string): void {
  copyFileSync(tlsPath(`${name}.crt`), join(folder, "crt"));
  copyFileSync(tlsPath(`${name}.key`), join(folder, "key"));
}

function write(text: string): string {
  const file = join(folder, "web.yml");
  writeFileSync(file, text);
  return file;
}

async function listen(text: string): Promise<URL> {
  const listener = await listenHttp({
    addresses: ["127.0.0.1:0"],
    logger: createLogger({ level: "info", format: "logfmt", write: (line) => void log.push(line) }),
    webConfigFile: write(text),
    routes: (app) => void app.get("/", () => "hello"),
  });
  servers.closeLater(listener);
  return new URL(listener.urls[0] as string);
}

type Seen = { status: number; headers: Readonly<Record<string, unknown>> };

async function ask(url: URL, config = ""): Promise<Seen> {
  const caller = createHttpClient(parseYamlFile("f.yml", config, httpClientDecoder));
  try {
    return await caller.request({ url: url.href, timeoutMs: 5000, bodyBytesMax: 1000 });
  } finally {
    caller.close();
  }
}

const login = (password: string): string => `basic_auth: {username: anna, password: ${password}}`;
const user = (password: string): string => `basic_auth_users: {anna: "${bcrypt.hashSync(password, 4)}"}\n`;
const tls = (more = ""): string => `tls_server_config: {cert_file: crt, key_file: key${more}}\n`;

describe("a web config", () => {
  const ca = `, client_ca_file: ${tlsPath("ca.crt")}`;
  it.each([
    ["tls_server_config: {key_file: key}", "web.yml:1:20: missing one of cert or cert_file"],
    ["tls_server_config: {cert_file: crt}", "missing one of key or key_file"],
    ["tls_server_config: {cert_file: absent, key_file: key}", "web.yml:1:32: ENOENT"],
    ["tls_server_config: {cert: a, cert_file: crt}", "at most one of cert and cert_file must be configured"],
    [`tls_server_config: {cert_file: crt, key_file: ${tlsPath("server2.key")}}`, "certificate, key and ciphers do not"],
    [tls(ca), "Client CA's have been configured without a Client Auth Policy"],
    [tls(", client_auth_type: Some"), "Invalid ClientAuth: Some"],
    [tls(`${ca}, client_auth_type: RequestClientCert, client_allowed_sans: [a]`), "client_allowed_sans needs"],
    [tls(", min_version: TLS9"), "unknown TLS version: TLS9"],
    [tls(", cipher_suites: [RC4]"), "unknown cipher: RC4"],
    [tls(", curve_preferences: [P1]"), "unknown curve: P1"],
    [tls(", unknown: 1"), "field unknown not found in type web.TLSConfig"],
    ["http_server_config: {headers: {X-Other: a}}", 'HTTP header "X-Other" can not be configured'],
    [
      "http_server_config: {headers: {X-Frame-Options: maybe}}",
      'invalid value for X-Frame-Options. Expected one of: ["deny" "sameorigin"], but got: "maybe"',
    ],
    ['http_server_config: {headers: {Content-Security-Policy: "a\\r\\nX-Evil: 1"}}', "it holds a line break"],
    ["basic_auth_users: {anna: secret}", "web.yml:1:26: not a bcrypt hash"],
  ])("%s is refused", (text, message) => {
    expect(() => loadWebConfig(write(text))).toThrow(message);
  });

  it("that is wrong at the start is an error", async () => {
    await expect(listen("nonsense: 1")).rejects.toThrow("web.yml:1:1: field nonsense not found");
  });
});

describe("a change of the web config", () => {
  it("changes users and headers for the next request", async () => {
    const url = await listen(`${user("one")}http_server_config: {headers: {X-Frame-Options: deny}}\n`);
    expect(await ask(url, login("one"))).toMatchObject({ status: 200, headers: { "x-frame-options": "deny" } });
    write(`${user("two")}http_server_config: {headers: {X-Frame-Options: sameorigin}}\n`);
    expect(await ask(url, login("one"))).toMatchObject({ status: 401, headers: { "x-frame-options": "sameorigin" } });
    expect((await ask(url, login("two"))).status).toBe(200);
    write("");
    expect((await ask(url)).status).toBe(200);
  });

  it("that is wrong is logged once, and the earlier config stays", async () => {
    const url = await listen(user("one"));
    write("basic_auth_users: {anna: plain}");
    expect((await ask(url)).status).toBe(401);
    expect((await ask(url, login("one"))).status).toBe(200);
    write(tls());
    expect((await ask(url, login("one"))).status).toBe(200);
    expect(log.filter((line) => line.includes("level=ERROR"))).toEqual([
      expect.stringContaining("web.yml:1:26: not a bcrypt hash"),
      expect.stringContaining("TLS can be switched on or off only by a restart"),
    ]);
  });
});

type Handshake = { readonly peer: string; readonly protocol: string; readonly cipher: string; readonly answer: string };

/** One request over a connection of its own; `answer` is "refused" where the server ends it without one. */
function shake(url: URL, options: ConnectionOptions = {}): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    let answer = "";
    let seen = { peer: "", protocol: "", cipher: "" };
    const socket = connect(
      { port: Number(url.port), ca: tlsText("ca.crt"), servername: "localhost", ...options },
      () => {
        seen = {
          peer: String(socket.getPeerCertificate().subject.CN),
          protocol: String(socket.getProtocol()),
          cipher: socket.getCipher().standardName,
        };
        socket.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      },
    );
    socket.on("data", (part: Buffer) => (answer += part.toString()));
    socket.on("error", (error) => (seen.peer === "" ? reject(error) : resolve({ ...seen, answer: "refused" })));
    socket.on("close", () => resolve({ ...seen, answer: answer.startsWith("HTTP/1.1 200") ? "ok" : "refused" }));
  });
}

describe("TLS of the web config", () => {
  it("takes a new certificate for the next connection, and keeps the old while the new is wrong", async () => {
    const url = await listen(tls());
    expect(await shake(url)).toMatchObject({ peer: "server", protocol: "TLSv1.3", answer: "ok" });
    install("server2");
    expect((await shake(url)).peer).toBe("server2");
    writeFileSync(join(folder, "crt"), "half a fil");
    expect((await shake(url)).peer).toBe("server2");
    install("server");
    expect((await shake(url)).peer).toBe("server");
    expect(log.filter((line) => line.includes("level=ERROR"))).toHaveLength(1);
  });

  it.each<[string, string, SecureVersion, string | undefined]>([
    ["", "TLSv1.2", "TLSv1.3", "TLSv1.3"],
    ["max_version: TLS12", "TLSv1.2", "TLSv1.3", "TLSv1.2"],
    ["min_version: TLS13", "TLSv1.2", "TLSv1.2", undefined],
    ["", "TLSv1.1", "TLSv1.1", undefined],
    ["min_version: TLS11", "TLSv1.1", "TLSv1.1", "TLSv1.1"],
  ])("with %j speaks with a client of %s to %s: %s", async (fields, minVersion, maxVersion, expected) => {
    const url = await listen(tls(fields && `, ${fields}`));
    const options = { minVersion: minVersion as SecureVersion, maxVersion, ciphers: "DEFAULT@SECLEVEL=0" };
    const protocol = await shake(url, options).then(
      (seen) => seen.protocol,
      () => undefined,
    );
    expect(protocol).toBe(expected);
  });

  it("offers the ciphers and curves of the config", async () => {
    const suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    const url = await listen(tls(`, cipher_suites: [${suite}], curve_preferences: [CurveP384]`));
    expect(await shake(url, { maxVersion: "TLSv1.2" })).toMatchObject({ cipher: suite, answer: "ok" });
    expect((await shake(url)).protocol).toBe("TLSv1.3");
    const other = { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" } as const;
    await expect(shake(url, other)).rejects.toThrow("handshake failure");
    await expect(shake(url, { ecdhCurve: "X25519" })).rejects.toThrow("handshake failure");
  });

  const clients: Readonly<Record<string, ConnectionOptions>> = {
    nobody: {},
    stranger: { cert: tlsText("stranger-client.crt"), key: tlsText("stranger-client.key") },
    known: { cert: tlsText("client.crt"), key: tlsText("client.key") },
  };

  async function verdicts(url: URL): Promise<string> {
    const answers: string[] = [];
    for (const options of Object.values(clients)) {
      answers.push(
        await shake(url, options).then(
          (seen) => seen.answer,
          () => "refused",
        ),
      );
    }
    return answers.join(" ");
  }

  const withCa = (more: string): string => tls(`, client_ca_file: ${tlsPath("ca.crt")}, client_auth_type: ${more}`);

  it("admits nobody, a stranger and a known client as client_auth_type says, also after a change", async () => {
    const url = await listen(tls());
    expect(await verdicts(url)).toBe("ok ok ok");
    for (const [type, expected] of [
      ["RequestClientCert", "ok ok ok"],
      ["RequireAnyClientCert", "refused ok ok"],
      ["VerifyClientCertIfGiven", "ok refused ok"],
      ["RequireAndVerifyClientCert", "refused refused ok"],
    ] as const) {
      write(withCa(type));
      expect([type, await verdicts(url)]).toEqual([type, expected]);
      expect([type, await verdicts(await listen(withCa(type)))]).toEqual([type, expected]);
    }
    write(tls());
    expect(await verdicts(url)).toBe("ok ok ok");
  });

  it.each([
    ["client.example.org", "refused refused ok"],
    ["spiffe://example.org/client", "refused refused ok"],
    ["example.org", "refused refused refused"],
  ])("admits clients that are named %s", async (san, expected) => {
    const url = await listen(withCa(`RequireAndVerifyClientCert, client_allowed_sans: ["${san}"]`));
    expect(await verdicts(url)).toBe(expected);
  });
});
