import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import type { Http2ServerRequest, ServerHttp2Session } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { TestServers, tlsPath, tlsText } from "../testing/servers.js";
import { parseYamlFile } from "../yaml/decode.js";
import { createHttpClient, type StreamingHttpClient } from "./client.js";
import { httpClientDecoder } from "./config.js";
import { Http2Sessions, sessionsMax } from "./http2.js";
import type { HopRequest, HttpRequest } from "./request.js";

const servers = new TestServers();
afterEach(() => servers.close());

const ca = `tls_config: { ca_file: ${tlsPath("ca.crt")} }`;

function client(text = ca): StreamingHttpClient {
  return servers.closeLater(createHttpClient(parseYamlFile("f.yml", text, httpClientDecoder)));
}

async function bodyOf(caller: StreamingHttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<string> {
  const { status, body } = await caller.request({ url, timeoutMs: 5000, bodyBytesMax: 100_000, ...more });
  return `${status} ${body.toString()}`;
}

const sessions = new Set<ServerHttp2Session | undefined>();
const told = (request: Http2ServerRequest): string => {
  sessions.add(request.stream?.session as ServerHttp2Session | undefined);
  return `${request.httpVersion} ${request.method} ${request.url}`;
};

test("a server that agrees is asked over one session", async () => {
  sessions.clear();
  const url = await servers.http2((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      response.writeHead(201, { "content-encoding": "gzip" });
      const { authorization = "-", "x-team": team = "-", host = request.authority } = request.headers;
      response.end(
        gzipSync(`${told(request)} ${authorization} ${String(team)} ${String(host === request.authority)} ${body}`),
      );
    });
  });
  const caller = client(`${ca}\nbearer_token: t\nhttp_headers: { X-Team: { values: [a, b] } }`);
  expect(await bodyOf(caller, `${url}/a?b=c`)).toBe("201 2.0 GET /a?b=c Bearer t a, b true ");
  const both = ["one", "two"].map((body) => bodyOf(caller, url, { method: "POST", body }));
  expect(await Promise.all(both)).toEqual([
    "201 2.0 POST / Bearer t a, b true one",
    "201 2.0 POST / Bearer t a, b true two",
  ]);
  expect(sessions.size).toBe(1);
});

test("enable_http2: false asks over HTTP/1.1", async () => {
  const url = await servers.http2((request, response) => void response.end(told(request)));
  expect(await bodyOf(client(`${ca}\nenable_http2: false`), url)).toBe("200 1.1 GET /");
});

test("a server without HTTP/2 is asked on the connection that was made to find out", async () => {
  const ports = new Set<number | undefined>();
  const url = await servers.https((request, response) => {
    ports.add(request.socket.remotePort);
    response.end(request.httpVersion);
  });
  const proxy = await servers.proxy();
  for (const caller of [client(), client(`${ca}\nproxy_url: ${proxy.url}`)]) {
    ports.clear();
    for (let i = 0; i < 3; i++) expect(await bodyOf(caller, url)).toBe("200 1.1");
    expect(ports.size).toBe(1);
  }
  expect(proxy.asked).toHaveLength(1);
});

test("a proxy's tunnel carries it too", async () => {
  const url = await servers.http2((request, response) => void response.end(told(request)));
  const proxy = await servers.proxy();
  const caller = client(`${ca}\nproxy_url: ${proxy.url}`);
  expect(await bodyOf(caller, url)).toBe("200 2.0 GET /");
  expect(await bodyOf(caller, url)).toBe("200 2.0 GET /");
  expect(proxy.asked).toEqual([`CONNECT ${url.replace("https://", "")} - - -`]);
});

test("redirects to another host leave credentials behind", async () => {
  const other = await servers.http2((request, response) => void response.end(request.headers.authorization ?? "none"));
  const url = await servers.http2((_, response) => {
    response.writeHead(302, { location: `${other}/x` });
    response.end();
  });
  expect(await bodyOf(client(`${ca}\nbearer_token: t`), url)).toBe("200 none");
});

test("a session that ended is followed by another", async () => {
  sessions.clear();
  const url = await servers.http2((request, response) => void response.end(told(request)));
  const caller = client();
  expect(await bodyOf(caller, url)).toBe("200 2.0 GET /");
  for (const session of sessions) session?.close();
  for (let i = 0; i < 3; i++) expect(await bodyOf(caller, url)).toBe("200 2.0 GET /");
  for (const session of sessions) session?.destroy();
  // The first may be under way when the connection goes.
  await bodyOf(caller, url).catch(() => {});
  expect(await bodyOf(caller, url)).toBe("200 2.0 GET /");
});

test("a session that is full is followed by another", async () => {
  sessions.clear();
  const waiting: (() => void)[] = [];
  const url = await servers.http2(
    (request, response) => {
      const text = told(request);
      waiting.push(() => void response.end(text));
      if (waiting.length === 5) for (const answer of waiting) answer();
    },
    { settings: { maxConcurrentStreams: 2 } },
  );
  const caller = client();
  const answers = await Promise.all(Array.from({ length: 5 }, () => bodyOf(caller, url)));
  expect(answers).toEqual(Array.from({ length: 5 }, () => "200 2.0 GET /"));
  expect(sessions.size).toBe(3);
});

test("bounds, timeouts and a stream that breaks off are errors, and the next request works", async () => {
  const url = await servers.http2((request, response) => {
    if (request.url === "/silent") return;
    response.writeHead(200);
    if (request.url === "/long") return void response.end("x".repeat(200_000));
    if (request.url === "/broken") return void response.write("part", () => response.stream.close(2));
    response.end("fine");
  });
  const caller = client();
  await expect(bodyOf(caller, `${url}/silent`, { timeoutMs: 50 })).rejects.toThrow("no whole response within 50 ms");
  await expect(bodyOf(caller, `${url}/long`)).rejects.toThrow("body longer than 100000 bytes");
  await expect(bodyOf(caller, `${url}/broken`)).rejects.toThrow("INTERNAL_ERROR");
  expect(await bodyOf(caller, url)).toBe("200 fine");
});

test("requests above what the sessions take wait for streams to end", async () => {
  sessions.clear();
  const url = await servers.http2((request, response) => void response.end(told(request)), {
    settings: { maxConcurrentStreams: 1 },
  });
  const caller = client();
  const answers = await Promise.all(Array.from({ length: 3 * sessionsMax }, () => bodyOf(caller, url)));
  expect(new Set(answers)).toEqual(new Set(["200 2.0 GET /"]));
  expect(sessions.size).toBeLessThanOrEqual(sessionsMax);
  const before = sessions.size;
  expect(await bodyOf(caller, url)).toBe("200 2.0 GET /");
  expect(sessions.size).toBe(before);
});

test("of servers without HTTP/2 the longest known is forgotten first", async () => {
  const url = new URL(await servers.https((_, response) => void response.end()));
  const dialled: string[] = [];
  const known = servers.closeLater(
    new Http2Sessions({
      dial: (_, way) =>
        new Promise((resolve) => {
          dialled.push(way);
          const options = { port: Number(url.port), host: url.hostname, ca: tlsText("ca.crt") };
          const socket = connectTls(options, () => resolve(socket));
        }),
      hand: (_url, _way, socket) => void socket.destroy(),
      originsMax: 2,
    }),
  );
  const exchange: HopRequest = {
    url,
    method: "GET",
    headers: {},
    body: undefined,
    socketPath: undefined,
    signal: AbortSignal.timeout(10_000),
  };
  for (const way of ["a", "b", "b", "a", "c", "b", "a"]) expect(await known.send(exchange, way)).toBeUndefined();
  expect(dialled).toEqual(["a", "b", "c", "a"]);
});

test("a stream's parts come as they are sent", async () => {
  const url = await servers.http2((_, response) => {
    response.write("one");
    response.end("two");
  });
  const stream = await client().stream({ url, timeoutMs: 5000 });
  let text = "";
  for await (const part of stream.parts) text += part.toString();
  expect(`${stream.status} ${text}`).toBe("200 onetwo");
});

test("changed certificates make a new session", async () => {
  sessions.clear();
  const url = await servers.http2((request, response) => void response.end(told(request)));
  const file = join(mkdtempSync(join(tmpdir(), "h2-")), "ca");
  copyFileSync(tlsPath("ca.crt"), file);
  const caller = client(`tls_config: { ca_file: ${file} }`);
  await bodyOf(caller, url);
  writeFileSync(file, `${tlsText("ca.crt")}${tlsText("stranger.crt")}`);
  await bodyOf(caller, url);
  expect(sessions.size).toBe(2);
});

test("whom the config does not trust is not asked", async () => {
  const url = await servers.http2((_, response) => void response.end());
  await expect(bodyOf(client("{}"), url)).rejects.toThrow(/cannot reach 127.0.0.1:\d+: .*certificate/);
});
