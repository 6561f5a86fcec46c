import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { TestServers, tlsPath, tlsText } from "../testing/servers.js";
import { parseYamlFile } from "../yaml/decode.js";
import { createHttpClient, type HttpClient } from "./client.js";
import { httpClientDecoder } from "./config.js";
import type { HttpRequest, HttpResponse } from "./request.js";

const servers = new TestServers();
afterEach(() => servers.close());

function client(text = ""): HttpClient {
  return servers.closeLater(createHttpClient(parseYamlFile("f.yml", text, httpClientDecoder)));
}

function call(caller: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<HttpResponse> {
  return caller.request({ url, timeoutMs: 5000, bodyBytesMax: 100_000, ...more });
}

async function bodyOf(caller: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<string> {
  return (await call(caller, url, more)).body.toString();
}

describe("redirects", () => {
  /** /<status>?to=<url> redirects; anything else answers with what arrived. */
  const listen = (): Promise<string> =>
    servers.http((request, response) => {
      const url = new URL(request.url as string, "http://x");
      const status = Number(url.pathname.slice(1));
      if (status >= 300) return void response.writeHead(status, { location: url.searchParams.get("to") ?? "" }).end();
      const { authorization, cookie, "x-team": team, "x-own": own, "content-type": type } = request.headers;
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () =>
        response.end([request.method, authorization, team, cookie, own, type, body].map((v) => v || "-").join(" ")),
      );
    });
  const config = "bearer_token: t\nhttp_headers: {X-Team: {values: [a, b], secrets: [c]}}";
  const own = { "Content-Type": "text/x", Cookie: "k", "X-Own": "o" };

  it.each([
    ["GET", 301, "GET Bearer t a, b, c k o - -"],
    ["HEAD", 302, ""],
    ["POST", 301, "GET Bearer t a, b, c k o - -"],
    ["POST", 303, "GET Bearer t a, b, c k o - -"],
    ["PUT", 302, "GET Bearer t a, b, c k o - -"],
    ["POST", 307, "POST Bearer t a, b, c k o text/x data"],
    ["PUT", 308, "PUT Bearer t a, b, c k o text/x data"],
  ])("%s with %d on the same host", async (method, status, expected) => {
    const url = await listen();
    const body = method === "GET" || method === "HEAD" ? {} : { body: "data" };
    const headers = method === "GET" ? { Cookie: "k", "X-Own": "o" } : own;
    const seen = await bodyOf(client(config), `${url}/${status}?to=/end`, { method, headers, ...body });
    expect(seen).toBe(expected);
  });

  it("leave credentials and configured headers behind on another host, for the rest of the chain", async () => {
    const [first, second] = [await listen(), await listen()];
    const back = encodeURIComponent(`${first}/end`);
    const away = `${second}/307?to=${back}`;
    const more = { method: "POST", headers: { ...own, Authorization: "mine" }, body: "data" };
    expect(await bodyOf(client(config), `${first}/308?to=${encodeURIComponent(`${second}/end`)}`, more)).toBe(
      "POST - - - o text/x data",
    );
    expect(await bodyOf(client(config), `${first}/308?to=${encodeURIComponent(away)}`, more)).toBe(
      "POST - - - o text/x data",
    );
  });

  it("end after ten requests", async () => {
    let requests = 0;
    const url = await servers.http((_, response) => {
      requests++;
      response.writeHead(302, { location: "/again" }).end();
    });
    await expect(call(client(), url)).rejects.toThrow("stopped after 10 redirects");
    expect(requests).toBe(10);
  });

  it.each([
    ["file:///etc/passwd", 'unsupported protocol scheme "file"'],
    ["http://[", "invalid URL"],
  ])("to %s are refused", async (to, message) => {
    const url = await listen();
    await expect(call(client(), `${url}/302?to=${encodeURIComponent(to)}`)).rejects.toThrow(message);
  });

  it("are answers where they are not followed, or lead nowhere", async () => {
    const url = await listen();
    expect((await call(client("follow_redirects: false"), `${url}/302?to=/end`)).status).toBe(302);
    const nowhere = await servers.http((_, response) => response.writeHead(302).end("x"));
    expect((await call(client(), nowhere)).status).toBe(302);
  });

  it("with an endless body are followed without reading it", async () => {
    const url = await servers.http((request, response) => {
      if (request.url === "/end") return void response.end("end");
      response.writeHead(302, { location: "/end" });
      const write = (): void => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", write).on("error", () => {});
      write();
    });
    expect(await bodyOf(client(), url)).toBe("end");
  });
});

describe("a hostile server", () => {
  const head = "HTTP/1.1 200 OK\r\n";
  it.each([
    ["accepts and says nothing", ""],
    ["never ends its headers", `${head}x-a: b\r\n`],
    ["never ends its body", `${head}content-length: 10\r\n\r\nabc`],
    ["never ends its chunks", `${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`],
  ])("that %s is left after the timeout", async (_, bytes) => {
    const port = await servers.tcp((socket) => socket.write(bytes));
    const late = call(client(), `http://127.0.0.1:${port}`, { timeoutMs: 100 });
    await expect(late).rejects.toThrow("no whole response within 100 ms");
  });

  it.each([
    ["cuts its body", `${head}content-length: 10\r\n\r\nabc`, "the connection ended before the response did"],
    ["cuts its gzip", `${head}content-encoding: gzip\r\n\r\n\x1f\x8b\x08`, "unexpected end of file"],
    ["lies about gzip", `${head}content-encoding: gzip\r\n\r\nabcdefgh`, "incorrect header check"],
    ["floods with headers", `${head}${"x-a: b\r\n".repeat(10_000)}`, "too many headers"],
    ["speaks something else", "SSH-2.0-OpenSSH\r\n", "malformed HTTP response"],
    ["hangs up", "", "cannot reach"],
  ])("that %s is an error", async (_, bytes, message) => {
    const port = await servers.tcp((socket) => {
      socket.once("data", () => socket.end(Buffer.from(bytes, "latin1")));
    });
    await expect(call(client(), `http://127.0.0.1:${port}`)).rejects.toThrow(message);
  });

  it("that sends a gzip bomb or an endless body is left at the bound", async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const url = await servers.http((request, response) => {
      if (request.url === "/bomb") return void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
      const write = (): void => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", write).on("error", () => {});
      write();
    });
    for (const path of ["/bomb", "/endless"]) {
      await expect(call(client(), url + path)).rejects.toThrow("body longer than 100000 bytes");
    }
  });
});

describe("values that would inject a header", () => {
  it.each([
    ['http_headers: {X-A: {values: ["b\\r\\nX-Evil: 1"]}}'],
    ['http_headers: {"X-A: 1\\r\\nX-Evil": {values: [b]}}'],
    ['authorization: {credentials: "b\\r\\nX-Evil: 1"}'],
    ['authorization: {type: "b\\r\\nX-Evil: 1", credentials: c}'],
  ])("%s fail the request", async (text) => {
    let requests = 0;
    const url = await servers.http((_, response) => {
      requests++;
      response.end();
    });
    await expect(call(client(text), url)).rejects.toThrow(/Invalid character in header|Header name must be a valid/);
    expect(requests).toBe(0);
  });
});

describe("secrets in files", () => {
  it("are read at each use", async () => {
    const url = await servers.http((request, response) => {
      response.end(`${request.headers.authorization} ${String(request.headers["x-a"])}`);
    });
    const folder = mkdtempSync(join(tmpdir(), "secrets-"));
    const write = (token: string, header: string): void => {
      writeFileSync(join(folder, "token"), `${token}\n`);
      writeFileSync(join(folder, "header"), header);
    };
    const caller = client(`bearer_token_file: ${folder}/token\nhttp_headers: {X-A: {files: [${folder}/header]}}`);
    await expect(call(caller, url)).rejects.toThrow(`cannot read the secret file ${folder}`);
    write("one", "h1");
    expect(await bodyOf(caller, url)).toBe("Bearer one h1");
    write("two", "h2");
    expect(await bodyOf(caller, url)).toBe("Bearer two h2");
  });
});

describe("TLS", () => {
  const peerName = (socket: unknown): string =>
    String((socket as TLSSocket).getPeerCertificate()?.subject?.CN ?? "nobody");
  const ca = `ca_file: ${tlsPath("ca.crt")}`;

  it("trusts whom the config says, by name", async () => {
    const url = await servers.https((_, response) => response.end("ok"));
    const elsewhere = await servers.https((_, response) => response.end("ok"), {
      cert: tlsText("elsewhere.crt"),
      key: tlsText("elsewhere.key"),
    });
    expect(await bodyOf(client(`tls_config: {${ca}}`), url)).toBe("ok");
    await expect(call(client(), url)).rejects.toThrow("certificate");
    await expect(call(client(`tls_config: {ca_file: ${tlsPath("stranger.crt")}}`), url)).rejects.toThrow("certificate");
    await expect(call(client(`tls_config: {${ca}}`), elsewhere)).rejects.toThrow("altnames");
    expect(await bodyOf(client(`tls_config: {${ca}, server_name: elsewhere.example.org}`), elsewhere)).toBe("ok");
    expect(await bodyOf(client("tls_config: {insecure_skip_verify: true}"), elsewhere)).toBe("ok");
  });

  it("speaks the versions that the config allows", async () => {
    const url = await servers.https((request, response) => response.end((request.socket as TLSSocket).getProtocol()), {
      minVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    const speak = (versions: string): Promise<string> => bodyOf(client(`tls_config: {${ca}, ${versions}}`), url);
    expect(await speak("")).toBe("TLSv1.3");
    expect(await speak("max_version: TLS12")).toBe("TLSv1.2");
    expect(await speak("min_version: TLS11, max_version: TLS11")).toBe("TLSv1.1");
    const modern = await servers.https((_, response) => response.end(), { minVersion: "TLSv1.3" });
    await expect(call(client(`tls_config: {${ca}, max_version: TLS12}`), modern)).rejects.toThrow("version");
  });

  it("takes new certificates from changed files while it runs", async () => {
    const url = await servers.https((request, response) => response.end(peerName(request.socket)), {
      requestCert: true,
      rejectUnauthorized: false,
    });
    const folder = mkdtempSync(join(tmpdir(), "tls-"));
    const install = (name: string): void => {
      copyFileSync(tlsPath(`${name}.crt`), join(folder, "crt"));
      copyFileSync(tlsPath(`${name}.key`), join(folder, "key"));
    };
    const caller = client(`tls_config: {${ca}, cert_file: ${folder}/crt, key_file: ${folder}/key}`);
    await expect(call(caller, url)).rejects.toThrow(`cannot read the TLS file ${folder}/crt`);
    install("client");
    expect(await bodyOf(caller, url)).toBe("client");
    install("stranger-client");
    expect(await bodyOf(caller, url)).toBe("stranger-client");
  });

  it("lets a running answer end when certificates change", async () => {
    let finish = (): void => {};
    const url = await servers.https((request, response) => {
      if (request.url === "/slow") finish = () => response.end("slow end");
      else response.end("quick");
    });
    const file = join(mkdtempSync(join(tmpdir(), "tls-")), "ca");
    copyFileSync(tlsPath("ca.crt"), file);
    const caller = client(`tls_config: {ca_file: ${file}}`);
    expect(await bodyOf(caller, url)).toBe("quick");
    const slow = bodyOf(caller, `${url}/slow`);
    writeFileSync(file, `${tlsText("ca.crt")}${tlsText("stranger.crt")}`);
    expect(await bodyOf(caller, `${url}/quick`)).toBe("quick");
    finish();
    expect(await slow).toBe("slow end");
  });
});
