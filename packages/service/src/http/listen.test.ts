import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createHttpClient, type HttpClient } from "../client/client.js";
import { defaultHttpClientConfig } from "../client/config.js";
import { createLogger } from "../log/logger.js";
import { Secret } from "../yaml/secret.js";
import { type HttpListener, type ListenRequest, listenHttp } from "./listen.js";

const logger = createLogger({ level: "error", format: "logfmt" });
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function listen(options: Partial<ListenRequest> = {}): Promise<HttpListener> {
  const listener = await listenHttp({
    addresses: ["127.0.0.1:0"],
    logger,
    routes: (app) => {
      app.get("/hello", () => "hello");
      app.get("/long", () => "x".repeat(5000));
      app.get("/whoami", (request) => ({ authorization: request.headers.authorization ?? "" }));
      app.get("/away", (request, reply) => reply.redirect((request.query as { to: string }).to));
      app.get("/never", () => new Promise(() => {}));
      app.post("/echo", (request) => request.body);
    },
    ...options,
  });
  open.push(listener);
  return listener;
}

function client(config = defaultHttpClientConfig): HttpClient {
  const made = createHttpClient(config);
  open.push(made);
  return made;
}

const bounds = { timeoutMs: 5000, bodyBytesMax: 100_000 };

describe("listenHttp", () => {
  it("is patient with a start that takes minutes, as one does whose process is stopped meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const routes: ListenRequest["routes"] = (app) =>
      void app.register(async () => void (await vi.advanceTimersByTimeAsync(600_000)));
    expect((await listen({ routes })).urls).toHaveLength(1);
  });

  it("names the address that is taken", async () => {
    const first = await listen();
    const { port } = new URL(first.urls[0] as string);
    await expect(listen({ addresses: [`127.0.0.1:${port}`] })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: address already in use`,
    );
  });

  it("serves the same routes on every address", async () => {
    const { urls } = await listen({ addresses: ["127.0.0.1:0", "127.0.0.1:0"] });
    for (const url of urls) {
      expect((await client().request({ url: `${url}/hello`, ...bounds })).body.toString()).toBe("hello");
    }
    expect(new Set(urls).size).toBe(2);
  });

  it("answers 429 beyond the rate limit of the web config", async () => {
    const webConfigFile = join(mkdtempSync(join(tmpdir(), "web-")), "web.yml");
    writeFileSync(webConfigFile, "rate_limit: { interval: 1h, burst: 2 }");
    const { urls } = await listen({ webConfigFile });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await client().request({ url: `${urls[0]}/hello`, ...bounds })).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it("refuses a body past its bound", async () => {
    const { urls } = await listen({ bodyBytesMax: 10 });
    const headers = { "content-type": "text/plain" };
    const response = await client().request({
      method: "POST",
      url: `${urls[0]}/echo`,
      headers,
      body: "x".repeat(11),
      ...bounds,
    });
    expect(response.status).toBe(413);
  });

  it("asks for a password when the web config has users", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "web-config-")), "web.yml");
    writeFileSync(file, `basic_auth_users:\n  anna: ${bcrypt.hashSync("right", 4)}\n`);
    const { urls } = await listen({ webConfigFile: file });
    const login = (username: string, password: string): HttpClient => {
      const auth = { username, username_file: undefined, password: new Secret(password), password_file: undefined };
      return client({ ...defaultHttpClientConfig, basic_auth: auth });
    };
    const statuses = [client(), login("anna", "wrong"), login("bert", "right"), login("anna", "right")].map(
      async (caller) => (await caller.request({ url: `${urls[0]}/hello`, ...bounds })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 401, 200]);
  });
});

describe("the HTTP client", () => {
  it("decodes gzip and bounds the decoded body", async () => {
    const { urls } = await listen();
    const response = await client().request({ url: `${urls[0]}/long`, ...bounds });
    expect(response.headers["content-encoding"]).toBe("gzip");
    expect(response.body).toHaveLength(5000);
    await expect(client().request({ url: `${urls[0]}/long`, timeoutMs: 5000, bodyBytesMax: 4999 })).rejects.toThrow(
      "body longer than 4999 bytes",
    );
  });

  it("gives up after its timeout", async () => {
    const { urls } = await listen();
    await expect(client().request({ url: `${urls[0]}/never`, timeoutMs: 50, bodyBytesMax: 0 })).rejects.toThrow(
      "no whole response within 50 ms",
    );
  });

  it("keeps credentials from another host on a redirect", async () => {
    const { urls } = await listen({ addresses: ["127.0.0.1:0", "127.0.0.1:0"] });
    const authorized = client({ ...defaultHttpClientConfig, bearer_token: new Secret("token") });
    const whoami = async (to: string): Promise<string> => {
      const response = await authorized.request({
        url: `${urls[0]}/away?to=${encodeURIComponent(`${to}/whoami`)}`,
        ...bounds,
      });
      return (JSON.parse(response.body.toString()) as { authorization: string }).authorization;
    };
    expect(await whoami(urls[0] as string)).toBe("Bearer token");
    expect(await whoami(urls[1] as string)).toBe("");
  });
});
