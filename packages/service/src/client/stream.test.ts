import type { ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { TestServers } from "../testing/servers.js";
import { createHttpClient } from "./client.js";
import { defaultHttpClientConfig } from "./config.js";

const servers = new TestServers();
afterEach(() => servers.close());

const client = createHttpClient(defaultHttpClientConfig);

test("a stream's parts come as they are sent, past the timeout of its head", async () => {
  let response: ServerResponse | undefined;
  const url = await servers.http((request, answer) => {
    expect(request.headers["accept-encoding"]).toBe("identity");
    response = answer;
    answer.writeHead(201, { "x-a": "b" });
    answer.write("one");
  });
  const stream = await client.stream({ url, timeoutMs: 1000 });
  expect(stream.status).toBe(201);
  expect(stream.headers["x-a"]).toBe("b");
  const parts: string[] = [];
  for await (const part of stream.parts) {
    parts.push(part.toString());
    if (parts.length === 1) response?.write("two");
    else response?.end();
  }
  expect(parts).toEqual(["one", "two"]);
});

test("a head that does not come is a timeout", async () => {
  const url = await servers.http(() => {});
  await expect(client.stream({ url, timeoutMs: 20 })).rejects.toThrow("no whole response within 20 ms");
});

test("the caller's signal ends the body", async () => {
  const url = await servers.http((_, answer) => void answer.write("one"));
  const controller = new AbortController();
  const stream = await client.stream({ url, timeoutMs: 1000, signal: controller.signal });
  const read = async (): Promise<void> => {
    for await (const _ of stream.parts) controller.abort();
  };
  await expect(read()).rejects.toThrow("abort");
});
