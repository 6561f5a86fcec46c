import { Readable } from "node:stream";
import { Registry } from "@narthex/client";
import { fastify } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { httpMetrics } from "./http-metrics.js";
import { addRoutes } from "./routes.js";

test("the size of an answer is counted, also where it was not known before", async () => {
  const registry = new Registry();
  const app = fastify();
  onTestFinished(() => app.close());
  const answer = { contentType: "text/plain", body: "x".repeat(5000) };
  addRoutes(app, {
    routes: [
      { methods: ["GET"], path: "/whole", answer: () => ({ kind: "body", ...answer }) },
      {
        methods: ["GET"],
        path: "/flow",
        answer: () => ({ kind: "stream", ...answer, body: Readable.from([answer.body]) }),
      },
    ],
    prefix: "",
    corsOrigin: ".*",
    readiness: () => "ready",
    metrics: httpMetrics(registry),
    beforeAnswer: () => {},
    onCut: expect.unreachable,
  });
  const base = await app.listen({ host: "127.0.0.1", port: 0 });
  // One connection for all.
  for (const path of ["whole", "flow", "whole", "flow"])
    expect(await (await fetch(`${base}/${path}`)).text()).toHaveLength(5000);
  const text = await registry.metrics();
  const sumOf = (handler: string): number =>
    Number(new RegExp(`response_size_bytes_sum\\{handler="${handler}"\\} (\\d+)`).exec(text)?.[1]);
  expect(sumOf("/whole")).toBe(10_000);
  // Their heads too, and what marks the pieces.
  expect(sumOf("/flow")).toBeGreaterThan(10_000);
  expect(sumOf("/flow")).toBeLessThan(11_000);
});
