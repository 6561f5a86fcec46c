// The HTTP face: API v2, health, reload, metrics. Every handler answers at once from memory.
import { availableParallelism } from "node:os";
import { answerScrape, type Registry } from "@narthex/client";
import { addProfiling, errorText } from "@narthex/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ApiContext } from "./context.js";
import { listAlerts, listGroups } from "./list-alerts.js";
import { postAlerts } from "./post-alerts.js";
import { Query } from "./query.js";
import { sendError, sendJson } from "./respond.js";
import { expireSilence, listSilences, postSilence, showSilence } from "./silences.js";
import { listReceivers, showStatus } from "./status.js";

export interface RouteOptions {
  readonly context: ApiContext;
  readonly registry: Registry;
  readonly reload: () => Promise<void>;
  /** "" or "/prefix". */
  readonly prefix: string;
  /** GET requests under way at once; 0 is the larger of 8 and the cores. */
  readonly getConcurrencyMax: number;
}

export async function addRoutes(app: FastifyInstance, options: RouteOptions): Promise<void> {
  // Bodies stay text: their mistakes are told in the API's own words.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  observeRequests(app, options);
  limitGets(app, options);
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  await app.register(
    async (root) => {
      addServiceRoutes(root, options);
      addProfiling(root, "");
      await root.register(async (api) => addApiRoutes(api, options.context), { prefix: "/api/v2" });
    },
    { prefix: options.prefix },
  );
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split("?");
    return sendJson(reply.status(404), { code: 404, message: `path ${path} was not found` });
  });
}

function addServiceRoutes(root: FastifyInstance, { registry, reload }: RouteOptions): void {
  for (const path of ["/-/healthy", "/-/ready"]) root.get(path, async (_request, reply) => reply.send("OK"));
  root.post("/-/reload", async (_request, reply) => {
    try {
      await reload();
      return reply.send("");
    } catch (error) {
      return reply.status(500).send(`failed to reload config: ${errorText(error)}\n`);
    }
  });
  root.get("/metrics", async (request, reply) => {
    const { contentType, body } = await answerScrape(registry, request.headers.accept);
    return reply.header("content-type", contentType).send(body);
  });
  const isGone = { status: "deprecated", error: "The Alertmanager v1 API was removed; use /api/v2." };
  root.all("/api/v1/*", async (_request, reply) => sendJson(reply.status(410), isGone));
}

type Answer = (request: FastifyRequest) => unknown;

function addApiRoutes(api: FastifyInstance, context: ApiContext): void {
  api.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*").header("cache-control", "no-store");
    reply.header("access-control-allow-headers", "Accept, Authorization, Content-Type, Origin");
    reply.header("access-control-allow-methods", "GET, POST, DELETE, OPTIONS");
  });
  const get = (path: string, answer: Answer): void => {
    api.get(path, async (request, reply) => sendJson(reply, answer(request)));
  };
  get("/status", () => showStatus(context));
  get("/receivers", (request) => listReceivers(context, new Query(request)));
  get("/alerts", (request) => listAlerts(context, new Query(request)));
  get("/alerts/groups", (request) => listGroups(context, new Query(request)));
  get("/silences", (request) => listSilences(context, new Query(request)));
  get("/silence/:id", (request) => showSilence(context, silenceId(request)));
  api.post("/alerts", async (request, reply) => {
    postAlerts(context, bodyText(request));
    return reply.send("");
  });
  api.post("/silences", async (request, reply) => sendJson(reply, postSilence(context, bodyText(request))));
  api.delete("/silence/:id", async (request, reply) => {
    expireSilence(context, silenceId(request));
    return reply.send("");
  });
  api.options("/*", async (_request, reply) => reply.send(""));
}

function silenceId(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

function bodyText(request: FastifyRequest): string {
  return typeof request.body === "string" ? request.body : "";
}

function observeRequests(app: FastifyInstance, { context }: RouteOptions): void {
  const { metrics } = context;
  app.addHook("onResponse", async (request, reply) => {
    const handler = request.routeOptions.url ?? "";
    const method = request.method.toLowerCase();
    metrics.requestDuration.observe({ handler, method, code: reply.statusCode }, reply.elapsedTime / 1000);
    metrics.responseSize.observe({ handler, method }, responseBytes(reply));
  });
}

function responseBytes(reply: FastifyReply): number {
  return Number(reply.getHeader("content-length") ?? 0);
}

function limitGets(app: FastifyInstance, { context, getConcurrencyMax }: RouteOptions): void {
  const max = getConcurrencyMax > 0 ? getConcurrencyMax : Math.max(availableParallelism(), 8);
  const { inFlight, concurrencyExceeded } = context.metrics;
  let count = 0;
  app.addHook("onRequest", async (request, reply) => {
    if (request.method !== "GET") return;
    if (count >= max) {
      concurrencyExceeded.inc({ method: "get" });
      const text = `Limit of concurrent GET requests reached (${max}), try again later.\n`;
      return reply.status(503).send(text);
    }
    count++;
    inFlight.set({ method: "get" }, count);
    reply.raw.once("close", () => {
      count--;
      inFlight.set({ method: "get" }, count);
    });
  });
}
