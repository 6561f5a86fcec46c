import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { Gauge } from "./gauge.js";
import { metricsHandler } from "./handler.js";
import { PushError, Pushgateway } from "./pushgateway.js";
import { Registry } from "./registry.js";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function fetchRaw(url: string, headers: Record<string, string> = {}, method: string = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers, method, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    call.on("error", reject).end();
  });
}

describe("metricsHandler", () => {
  const registry = new Registry();
  new Gauge({ name: "a", help: "A.", registers: [registry] }).set(1);

  it("answers in the format that was asked for", async () => {
    const url = await listen(createServer(metricsHandler(registry)));
    const plain = await fetchRaw(url);
    expect(plain.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(plain.body.toString()).toBe("# HELP a A.\n# TYPE a gauge\na 1\n");
    const open = await fetchRaw(url, {
      accept: "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8,*/*;q=0.1",
    });
    expect(open.headers["content-type"]).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    );
    expect(open.body.toString()).toBe("# HELP a A.\n# TYPE a gauge\na 1.0\n# EOF\n");
  });

  it("compresses, answers HEAD, and takes nothing but reads", async () => {
    const url = await listen(createServer(metricsHandler(registry)));
    const zipped = await fetchRaw(url, { "accept-encoding": "deflate, gzip;q=0.5" });
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(zipped.body).toString()).toContain("a 1\n");
    expect((await fetchRaw(url, { "accept-encoding": "gzip;q=0" })).headers["content-encoding"]).toBeUndefined();
    const head = await fetchRaw(url, {}, "HEAD");
    expect([head.status, head.body.length, Number(head.headers["content-length"]) > 0]).toEqual([200, 0, true]);
    expect((await fetchRaw(url, {}, "POST")).status).toBe(405);
  });

  it("answers 500 with the reason when a callback fails", async () => {
    const broken = new Registry();
    const collect = (): never => {
      throw new Error("no database");
    };
    new Gauge({ name: "a", help: "A.", registers: [broken], collect });
    const answer = await fetchRaw(await listen(createServer(metricsHandler(broken))));
    expect([answer.status, answer.body.toString()]).toEqual([
      500,
      "An error has occurred while serving metrics:\n\nno database\n",
    ]);
  });
});

describe("Pushgateway", () => {
  const registry = new Registry();
  new Gauge({ name: "a", help: "A.", registers: [registry] }).set(1);

  async function gateway(status: number): Promise<{ url: string; calls: string[] }> {
    const calls: string[] = [];
    const server = createServer((incoming, response) => {
      let body = "";
      incoming.on("data", (part: Buffer) => {
        body += part.toString();
      });
      incoming.on("end", () => {
        calls.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? ""} ${body.length}`);
        response.writeHead(status, { connection: "close" }).end("told");
      });
    });
    return { url: await listen(server), calls };
  }

  it("pushes, adds and deletes under the group's path", async () => {
    const { url, calls } = await gateway(202);
    const pushgateway = new Pushgateway(`${url}/`, { headers: { authorization: "Basic x" } }, registry);
    await pushgateway.push({ jobName: "nightly job" });
    await pushgateway.pushAdd({ jobName: "a/b", groupings: { instance: "i", empty: "" } });
    await pushgateway.delete({ jobName: "j" });
    expect(calls).toEqual([
      "PUT /metrics/job/nightly%20job Basic x 31",
      "POST /metrics/job@base64/YS9i/instance/i/empty@base64/= Basic x 31",
      "DELETE /metrics/job/j Basic x 0",
    ]);
  });

  it("rejects with what the gateway said", async () => {
    const { url } = await gateway(400);
    const refused = new Pushgateway(url, {}, registry).push({ jobName: "j" });
    await expect(refused).rejects.toThrow(`unexpected status code 400 from ${url}/metrics/job/j: told`);
    await expect(refused).rejects.toMatchObject({ status: 400 });
    for (const server of servers.splice(0)) server.close();
    await expect(new Pushgateway(url, {}, registry).push({ jobName: "j" })).rejects.toThrow(PushError);
  });
});
