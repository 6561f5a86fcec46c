import { mkdtempSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { TestServers } from "../testing/servers.js";
import { parseYamlFile } from "../yaml/decode.js";
import { createHttpClient } from "./client.js";
import { httpClientDecoder } from "./config.js";
import { HttpTimeoutError } from "./errors.js";
import type { PreparedRequest } from "./prepared.js";
import type { HttpRequest } from "./request.js";

const servers = new TestServers();
afterEach(() => servers.close());

function prepare(url: string, text = "", more: Partial<HttpRequest> = {}): PreparedRequest {
  const client = servers.closeLater(createHttpClient(parseYamlFile("f.yml", text, httpClientDecoder)));
  return client.prepare({ url, timeoutMs: 5000, bodyBytesMax: 1000, headers: { accept: "x/y" }, ...more });
}

async function send(request: PreparedRequest): Promise<string> {
  const { status, body, url } = await request.send();
  return `${status} ${body.toString()} ${new URL(url).pathname}`;
}

const echo: RequestListener = ({ url, headers, socket }, response) =>
  response.end([url, headers.accept, headers.authorization ?? "-", socket.remotePort].join(" "));

it("goes out alike each time, over one connection", async () => {
  const request = prepare(`${await servers.http(echo)}/a?b=c`, "basic_auth: {username: u, password: p}");
  const first = await send(request);
  expect(first).toMatch(/^200 \/a\?b=c x\/y Basic dTpw \d+ \/a$/);
  expect([await send(request), await send(request)]).toEqual([first, first]);
});

it("may be on its way several times at once", async () => {
  const request = prepare(await servers.http(echo));
  const all = await Promise.all([send(request), send(request), send(request)]);
  expect(new Set(all.map((text) => text.split(" ")[4])).size).toBe(3);
});

it("follows redirects, and stops when they stop", async () => {
  let isMoved = true;
  const seen: string[] = [];
  const url = await servers.http((incoming, response) => {
    seen.push(incoming.url as string);
    if (isMoved && incoming.url === "/old") return void response.writeHead(302, { location: "/new" }).end("moved");
    response.end("here");
  });
  const request = prepare(`${url}/old`);
  expect(await send(request)).toBe("200 here /new");
  expect(await send(request)).toBe("200 here /new");
  isMoved = false;
  expect(await send(request)).toBe("200 here /old");
  expect(seen).toEqual(["/old", "/old", "/new", "/old", "/new", "/old"]);
  isMoved = true;
  expect(await send(prepare(`${url}/old`, "follow_redirects: false"))).toBe("302 moved /old");
});

it("reads a credentials file anew each time", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "prepared-")), "token");
  writeFileSync(file, "one");
  const request = prepare(await servers.http(echo), `authorization: {credentials_file: '${file}'}`);
  expect(await send(request)).toContain(" Bearer one ");
  writeFileSync(file, "two");
  expect(await send(request)).toContain(" Bearer two ");
});

it("fails what is on its way when it is aborted, and can be sent again", async () => {
  let isHanging = true;
  const url = await servers.http((_, response) => {
    if (!isHanging) response.end("here");
  });
  const request = prepare(url);
  const sent = request.send();
  const failure = expect(sent).rejects.toThrow("no longer wanted");
  request.abort();
  await failure;
  isHanging = false;
  expect(await send(request)).toBe("200 here /");
});

it("ends at its timeout, the next time too", async () => {
  const request = prepare(await servers.http(() => {}), "", { timeoutMs: 30 });
  for (let i = 0; i < 2; i++) await expect(request.send()).rejects.toThrow(HttpTimeoutError);
});

it("says whom it could not reach, and refuses what is no request", async () => {
  await expect(prepare("http://127.0.0.1:1/").send()).rejects.toThrow("cannot reach 127.0.0.1:1: ");
  expect(() => prepare("ftp://a/")).toThrow('unsupported protocol scheme "ftp"');
  expect(() => prepare("http://a/", "", { headers: { "x-a": "\n" } })).toThrow("Invalid character in header");
});
