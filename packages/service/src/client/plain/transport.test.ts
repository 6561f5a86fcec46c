// Against real sockets: a server that answers each request with the next script, byte for byte.
import { mkdtempSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BodyLimitError, HttpTimeoutError } from "../errors.js";
import { type PlainRequest, PlainTransport } from "./transport.js";

type Script = (socket: Socket, request: string) => void;

let server: Server;
let transport: PlainTransport;
let scripts: Script[];
let requests: string[];
let connections: number;

beforeEach(() => {
  transport = new PlainTransport();
  scripts = [];
  requests = [];
  connections = 0;
  server = createServer((socket) => {
    connections++;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const request = bytes.toString("latin1");
      requests.push(request);
      scripts.shift()?.(socket, request);
    });
  });
});

afterEach(async () => {
  transport.close();
  await new Promise((resolve) => server.close(resolve));
});

function listen(path?: string): Promise<void> {
  return new Promise((resolve) => {
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
}

function urlOf(path = "/"): URL {
  const address = server.address() as { port: number };
  return new URL(`http://127.0.0.1:${address.port}${path}`);
}

const bounds = { method: "GET", headers: {}, timeoutMs: 5000, bodyBytesMax: 1_000_000 };

async function ask(options: Partial<PlainRequest> = {}): Promise<string> {
  const { status, body } = await transport.request({ ...bounds, url: options.url ?? urlOf(), ...options });
  return `${status} ${body.toString("latin1")}`;
}

const say =
  (text: string): Script =>
  (socket) =>
    socket.write(text, "latin1");
const sayAndEnd =
  (text: string): Script =>
  (socket) =>
    socket.end(text, "latin1");
const reset: Script = (socket) => socket.resetAndDestroy();
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe("connections", () => {
  it("are used again while the peer keeps them", async () => {
    await listen();
    scripts = [say(ok("1")), say(ok("2")), say(ok("3").replace("\r\n", "\r\nConnection: close\r\n")), say(ok("4"))];
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual(["200 1", "200 2", "200 3", "200 4"]);
    expect(connections).toBe(2);
  });

  it("are not used again after more bytes than the response has", async () => {
    await listen();
    scripts = [say(`${ok("1")}HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong`), say(ok("2"))];
    expect([await ask(), await ask()]).toEqual(["200 1", "200 2"]);
    expect(connections).toBe(2);
  });

  it("are not used again once the peer's keep-alive time is nearly over", async () => {
    await listen();
    scripts = [say(ok("1").replace("\r\n", "\r\nKeep-Alive: timeout=0\r\n")), say(ok("2"))];
    expect([await ask(), await ask()]).toEqual(["200 1", "200 2"]);
    expect(connections).toBe(2);
  });

  it("serve requests at the same time, each one", async () => {
    await listen();
    const echo: Script = (socket, request) => socket.write(ok(request.split(" ")[1] as string));
    scripts = Array.from({ length: 20 }, () => echo);
    const answers = Array.from({ length: 20 }, (_, i) => ask({ url: urlOf(`/${i}`) }));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, (_, i) => `200 /${i}`));
  });

  it("go over unix sockets", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "plain-")), "socket");
    await listen(path);
    scripts = [say(ok("1"))];
    expect(await ask({ url: new URL("http://a.example/metrics"), socketPath: path })).toBe("200 1");
    expect(requests[0]).toContain("GET /metrics HTTP/1.1\r\nhost: a.example\r\n");
  });
});

describe("a connection that the peer closed while it rested", () => {
  it("is replaced once for a request that may be sent twice", async () => {
    await listen();
    scripts = [say(ok("1")), reset, say(ok("2"))];
    expect([await ask(), await ask()]).toEqual(["200 1", "200 2"]);
    scripts = [reset, reset];
    await expect(ask()).rejects.toThrow("ECONNRESET");
  });

  it("is replaced when it ends in order, too", async () => {
    await listen();
    scripts = [say(ok("1")), sayAndEnd(""), say(ok("2"))];
    expect([await ask(), await ask()]).toEqual(["200 1", "200 2"]);
  });

  it("fails a request that may not", async () => {
    await listen();
    scripts = [say(ok("1")), sayAndEnd(""), say(ok("2"))];
    expect(await ask()).toBe("200 1");
    await expect(ask({ method: "POST", body: "x" })).rejects.toThrow("the server closed the idle connection");
  });

  it("fails a request that was answered in part", async () => {
    await listen();
    scripts = [say(ok("1")), sayAndEnd("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123"), say(ok("2"))];
    expect(await ask()).toBe("200 1");
    await expect(ask()).rejects.toThrow("the connection ended before the response did");
  });
});

describe("requests", () => {
  it("carry method, headers, user and body", async () => {
    await listen();
    scripts = [say(ok(""))];
    const url = urlOf("/a?b=c");
    url.username = "anna";
    url.password = "s:t";
    await ask({ url, method: "POST", headers: { "x-a": ["1", "2"] }, body: "größe" });
    const host = `127.0.0.1:${url.port}`;
    const auth = `authorization: Basic ${Buffer.from("anna:s:t").toString("base64")}`;
    const headers = `x-a: 1\r\nx-a: 2\r\n${auth}\r\ncontent-length: 7\r\nconnection: keep-alive`;
    const body = Buffer.from("größe").toString("latin1");
    expect(requests.join("")).toBe(`POST /a?b=c HTTP/1.1\r\nhost: ${host}\r\n${headers}\r\n\r\n${body}`);
  });

  it.each<[Partial<PlainRequest>, string]>([
    [{ method: "GET /x" }, 'Method must be a valid HTTP token ["GET /x"]'],
    [{ headers: { "a b": "c" } }, 'Header name must be a valid HTTP token ["a b"]'],
    [{ headers: { a: "secret\r\nb: c" } }, 'Invalid character in header content ["a"]'],
  ])("that would break out of their lines are refused: %j", async (options, message) => {
    await listen();
    await expect(ask(options)).rejects.toThrow(message);
    expect(connections).toBe(0);
  });

  it("fail with the socket's error where nobody listens", async () => {
    await listen();
    const url = urlOf();
    await new Promise((resolve) => server.close(resolve));
    await expect(ask({ url })).rejects.toThrow("ECONNREFUSED");
    server.listen(0);
  });
});

describe("the end of an exchange", () => {
  it("comes at the timeout", async () => {
    await listen();
    scripts = [say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1"), say(ok("2"))];
    await expect(ask({ timeoutMs: 30 })).rejects.toThrow(HttpTimeoutError);
    expect(await ask()).toBe("200 2");
  });

  it("comes with the caller's signal", async () => {
    await listen();
    const controller = new AbortController();
    scripts = [() => controller.abort(new Error("no longer wanted"))];
    await expect(ask({ signal: controller.signal })).rejects.toThrow("no longer wanted");
    await expect(ask({ signal: controller.signal })).rejects.toThrow("no longer wanted");
  });

  it("comes when the transport is closed", async () => {
    await listen();
    scripts = [() => transport.close()];
    await expect(ask()).rejects.toThrow("the HTTP client is closed");
    await expect(ask()).rejects.toThrow("the HTTP client is closed");
  });
});

describe("bodies", () => {
  const long = "0123456789".repeat(10_000);

  it("are decoded from gzip, within the bound", async () => {
    await listen();
    const zipped = gzipSync(long).toString("latin1");
    const answer = ok(zipped).replace("\r\n", "\r\nContent-Encoding: gzip\r\n");
    scripts = [say(answer), say(answer)];
    expect(await ask()).toBe(`200 ${long}`);
    await expect(ask({ bodyBytesMax: long.length - 1 })).rejects.toThrow(BodyLimitError);
  });

  it("that are no gzip fail", async () => {
    await listen();
    scripts = [say(ok("plain").replace("\r\n", "\r\nContent-Encoding: gzip\r\n"))];
    await expect(ask()).rejects.toThrow("incorrect header check");
  });

  it("share memory once they are released, and only then", async () => {
    await listen();
    const answer = (mark: string): Script => say(ok(mark + long));
    scripts = [answer("a"), answer("b"), answer("c")];
    const read = () => transport.request({ ...bounds, url: urlOf() });
    const first = await read();
    const second = await read();
    expect(first.body.toString()).toBe(`a${long}`);
    expect(second.body.buffer).not.toBe(first.body.buffer);
    first.release();
    const third = await read();
    expect(third.body.buffer).toBe(first.body.buffer);
    expect([second.body[0], third.body[0]]).toEqual([0x62, 0x63]);
  });
});
