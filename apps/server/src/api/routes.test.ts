import { Registry } from "@narthex/client";
import { fastify } from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { httpMetrics } from "./http-metrics.js";
import { text } from "./respond.js";
import type { Route } from "./route.js";
import { addRoutes } from "./routes.js";

test("what is to be done before an answer is done for questions, not for samples that others send", async () => {
  const events: string[] = [];
  const answer: Route["answer"] = ({ method, parameters }) => {
    events.push(`${method} ${parameters.text("query")}`);
    return text("");
  };
  const app = fastify();
  onTestFinished(() => app.close());
  addRoutes(app, {
    routes: [
      { methods: ["GET", "POST"], path: "/query", answer },
      { methods: ["POST"], path: "/write", bodyBytesMax: 100, answer },
    ],
    prefix: "",
    corsOrigin: ".*",
    readiness: () => "ready",
    metrics: httpMetrics(new Registry()),
    beforeAnswer: () => void events.push("before"),
    onCut: expect.unreachable,
  });
  await app.inject({ url: "/query?query=up" });
  await app.inject({ url: "/write", method: "POST", body: "samples" });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  await app.inject({ url: "/query", method: "POST", body: "query=1", headers });
  expect(events).toEqual(["before", "GET up", "POST ", "before", "POST 1"]);
});
