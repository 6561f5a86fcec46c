// Answers in parts over real sockets.
import { get, type IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { fastify } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import type { PartSource } from "../query/answer-parts.js";
import { sendAnswer } from "./respond.js";

const partBytes = 256 * 1024;

class Parts implements PartSource {
  given = 0;
  cancelled = false;
  readonly #failure = new AbortController();
  readonly signal = this.#failure.signal;
  readonly #count: number;
  readonly #failsAt: number;

  constructor(count: number, failsAt = Number.POSITIVE_INFINITY) {
    this.#count = count;
    this.#failsAt = failsAt;
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.given === this.#count) return undefined;
    if (this.given === this.#failsAt) throw new Error("no more");
    return new Uint8Array(partBytes).fill(97 + (++this.given % 26));
  }

  cancel(reason: Error): void {
    this.cancelled = true;
    this.#failure.abort(reason);
  }
}

async function serve(parts: Parts, onCut: (error: unknown) => void = () => expect.unreachable()): Promise<number> {
  const app = fastify();
  onTestFinished(() => app.close());
  app.get("/", (_, reply) =>
    sendAnswer(
      reply.header("x-own", "kept"),
      {
        kind: "result",
        body: { bytes: new Uint8Array(partBytes).fill(97), parts },
        contentType: "application/json",
      },
      onCut,
    ),
  );
  await app.listen({ host: "127.0.0.1", port: 0 });
  return (app.server.address() as { port: number }).port;
}

const far = { "x-forwarded-for": "192.0.2.1", "accept-encoding": "gzip" };

function ask(port: number, headers: Record<string, string> = {}, method = "GET"): Promise<IncomingMessage> {
  return new Promise((resolve) => get({ host: "127.0.0.1", port, headers, method, agent: false }, resolve));
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const whole = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count + 1 }, (_, i) => Buffer.alloc(partBytes, 97 + (i % 26))));

test.each([{}, { "accept-encoding": "gzip" }, far])("all parts arrive: %j", async (headers) => {
  const response = await ask(await serve(new Parts(30)), headers);
  const isCompressed = headers === far;
  expect(response.headers).toMatchObject({
    "content-type": "application/json",
    "transfer-encoding": "chunked",
    vary: "accept-encoding",
    "x-own": "kept",
  });
  expect(response.headers["content-encoding"]).toBe(isCompressed ? "gzip" : undefined);
  const body = await bodyOf(response);
  expect(Buffer.compare(isCompressed ? gunzipSync(body) : body, whole(30))).toBe(0);
});

test.each([{}, far])("no part is asked for while the client takes none: %j", async (headers) => {
  const parts = new Parts(100_000);
  const response = await ask(await serve(parts), headers);
  response.pause();
  let before = -1;
  while (before !== parts.given) {
    before = parts.given;
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(parts.given).toBeLessThan(2000);
  response.destroy();
});

test.each([{}, far])("an answer that cannot be completed does not look complete: %j", async (headers) => {
  const told: unknown[] = [];
  const response = await ask(await serve(new Parts(10, 5), (error) => told.push(error)), headers);
  expect(response.statusCode).toBe(200);
  await expect(bodyOf(response)).rejects.toThrow("aborted");
  expect(told).toEqual([new Error("no more")]);
});

test.each([{}, far])("a client that takes nothing is cut off when its answer is given up: %j", async (headers) => {
  const parts = new Parts(100_000);
  let onCut: (error: unknown) => void = () => {};
  const cut = new Promise<unknown>((resolve) => {
    onCut = resolve;
  });
  const response = await ask(await serve(parts, onCut), headers);
  response.pause();
  const closed = new Promise((resolve) => response.socket.once("close", resolve));
  response.on("error", () => {});
  const reason = new Error("too slow");
  parts.cancel(reason);
  expect(await cut).toBe(reason);
  response.resume();
  await closed;
});

test("a client that wants the head gets no part", async () => {
  const parts = new Parts(10);
  const response = await ask(await serve(parts), {}, "HEAD");
  expect(response.headers["content-type"]).toBe("application/json");
  expect(parts).toMatchObject({ given: 0, cancelled: true });
});
