// The Pushgateway's paths. Everything that changes the store ends in one call of it; errors become answers in one place.
import { exposeFamilies, type MetricFamily } from "@narthex/formats";
import { addProfiling, errorText, type Logger } from "@narthex/service";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from "fastify";
import type { PushgatewayValues } from "../flags.js";
import { decodePush } from "../push/body.js";
import { PushError } from "../push/error.js";
import { type GroupLabels, parseGroupPath } from "../push/group-path.js";
import { gatherGroups } from "../store/gather.js";
import { groupLabelsFrom } from "../store/group.js";
import type { GroupStore } from "../store/store.js";
import { printGroups, printStatus } from "./api.js";
import type { OwnMetrics } from "./metrics.js";
import { printPage } from "./page.js";

export type Gateway = {
  readonly store: GroupStore;
  readonly metrics: OwnMetrics;
  readonly flags: PushgatewayValues;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** "" or "/prefix". */
  readonly prefix: string;
  readonly quit: () => void;
};

const textPlain = "text/plain; charset=utf-8";

export function addRoutes(app: FastifyInstance, gateway: Gateway): void {
  const { prefix, flags } = gateway;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) =>
    respondError(gateway, error, { request, reply }),
  );
  app.setNotFoundHandler((_request, reply) => reply.code(404).type(textPlain).send("404 page not found\n"));
  app.addHook("onResponse", async (request, reply) => countRequest(gateway, request, reply));
  addPushRoutes(app, gateway);
  addTelemetry(app, gateway);
  addApi(app, gateway);
  addLifecycle(app, gateway);
  addProfiling(app, prefix);
  for (const path of [`${prefix}/`, `${prefix}/status`]) {
    if (path === prefix + flags["web.telemetry-path"]) continue;
    app.get(path, named("status"), (_request, reply) => {
      const groups = [...gateway.store.groups];
      const telemetryPath = prefix + flags["web.telemetry-path"];
      const page = printPage({ groups, flags, startTime: gateway.startTime, telemetryPath });
      return reply.type("text/html; charset=utf-8").send(page);
    });
  }
}

// The name under which requests are counted. Bodies come as they were sent: snappy is unknown to @fastify/compress,
// whose route option `decompress` is, and the bound is ours to keep.
function named(handler: string): RouteShorthandOptions {
  return { config: { handler }, decompress: false } as RouteShorthandOptions;
}

function addPushRoutes(app: FastifyInstance, gateway: Gateway): void {
  const { prefix, store, flags, metrics } = gateway;
  const hasUtf8Names = flags["push.enable-utf8-names"];
  const groupOf = (request: FastifyRequest): GroupLabels => {
    const path = decodePath(request.url.split("?", 1)[0] as string);
    return parseGroupPath(path.slice(`${prefix}/metrics`.length), { hasUtf8Names });
  };
  const push = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const start = performance.now();
    const method = request.method.toLowerCase();
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      const labels = groupLabelsFrom(groupOf(request));
      const contentType = request.headers["content-type"] ?? "";
      const contentEncoding = request.headers["content-encoding"] ?? "";
      const bytesMax = flags["push.max-body-size"];
      const families = await decodePush({ bytes, contentType, contentEncoding }, { bytesMax, hasUtf8Names });
      store.push({ labels, families, mode: method === "put" ? "replace" : "merge" });
      return reply.code(flags["push.disable-consistency-check"] ? 202 : 200).send();
    } finally {
      metrics.pushSeconds.observe({ method }, (performance.now() - start) / 1000);
      metrics.pushBytes.observe({ method }, sizeOf(request, bytes));
    }
  };
  const path = `${prefix}/metrics/*`;
  app.put(path, named("push"), push);
  app.post(path, named("push"), push);
  app.delete(path, named("delete"), (request, reply) => {
    store.delete(groupLabelsFrom(groupOf(request)));
    return reply.code(202).send();
  });
  app.get(path, named("push"), (_request, reply) => refuseMethod(reply, "Method Not Allowed"));
}

// Prometheus: slashes in values come in base64; one that was escaped parts components all the same.
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new PushError(`malformed path: ${(error as Error).message}`);
  }
}

function sizeOf(request: FastifyRequest, body: Uint8Array): number {
  return request.raw.rawHeaders.reduce((sum, text) => sum + text.length, body.length + request.url.length);
}

function addTelemetry(app: FastifyInstance, { prefix, flags, metrics, store }: Gateway): void {
  app.get(`${prefix}${flags["web.telemetry-path"]}`, async (request, reply) => {
    const own = await metrics.registry.families();
    const names = new Map<string, MetricFamily>(own.map((family) => [family.name, family]));
    const families: MetricFamily[] = [];
    for (const family of gatherGroups(store.groups, metrics.help)) families.push(mergeOwn(names, family));
    families.unshift(...names.values());
    const { contentType, body } = exposeFamilies(families, request.headers.accept);
    return reply.type(contentType).send(body);
  });
}

// A pushed family of one of our own names joins it; the store takes care that its type is the same.
function mergeOwn(own: Map<string, MetricFamily>, pushed: MetricFamily): MetricFamily {
  const family = own.get(pushed.name);
  if (family === undefined) return pushed;
  own.delete(pushed.name);
  if (family.type !== pushed.type) return family;
  return { ...family, metrics: [...family.metrics, ...pushed.metrics] } as MetricFamily;
}

const corsHeaders = {
  "access-control-allow-headers": "Accept, Authorization, Content-Type, Origin",
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Date",
  "cache-control": "no-cache, no-store, must-revalidate",
};

function addApi(app: FastifyInstance, gateway: Gateway): void {
  const { prefix, store, flags } = gateway;
  const json = (reply: FastifyReply, text: string): FastifyReply =>
    reply.headers(corsHeaders).type("application/json").send(text);
  const api = `${prefix}/api/v1`;
  app.get(`${api}/status`, named("api/v1/status"), (_request, reply) => json(reply, printStatus(gateway)));
  app.get(`${api}/metrics`, named("api/v1/metrics"), (_request, reply) => json(reply, printGroups(store.groups)));
  app.options(`${api}/*`, named("api/v1/options"), (_request, reply) => reply.headers(corsHeaders).send());
  if (!flags["web.enable-admin-api"]) return;
  app.put(`${api}/admin/wipe`, named("wipe"), (_request, reply) => {
    store.wipe();
    return reply.headers(corsHeaders).code(202).send();
  });
}

function addLifecycle(app: FastifyInstance, { prefix, flags, quit }: Gateway): void {
  for (const name of ["healthy", "ready"]) {
    app.get(`${prefix}/-/${name}`, named(name), (_request, reply) => reply.type(textPlain).send("OK"));
    for (const method of ["post", "put", "delete"] as const) {
      app[method](`${prefix}/-/${name}`, named(name), (_request, reply) => refuseMethod(reply, "Method Not Allowed"));
    }
  }
  const path = `${prefix}/-/quit`;
  app.get(path, named("quit"), (_request, reply) => refuseMethod(reply, "Only POST or PUT requests allowed."));
  for (const method of ["post", "put"] as const) {
    app[method](path, named("quit"), async (_request, reply) => {
      if (!flags["web.enable-lifecycle"]) {
        return reply.code(403).type(textPlain).send("Lifecycle API is not enabled.");
      }
      await reply.type(textPlain).send("Requesting termination... Goodbye!");
      quit();
      return reply;
    });
  }
}

function refuseMethod(reply: FastifyReply, text: string): FastifyReply {
  return reply.code(405).type(textPlain).send(`${text}\n`);
}

type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply };

function respondError(gateway: Gateway, error: Error & { statusCode?: number }, { request, reply }: Exchange): void {
  const status = error instanceof PushError ? error.status : (error.statusCode ?? 500);
  const text = { path: request.url, err: errorText(error) };
  if (status >= 500) gateway.logger.error(text, "request failed");
  else gateway.logger.debug(text, "request refused");
  void reply.code(status).type(textPlain).send(`${error.message}\n`);
}

// Scrapes are not counted, nor what has no handler.
function countRequest({ metrics }: Gateway, request: FastifyRequest, reply: FastifyReply): void {
  const { handler } = request.routeOptions.config as { handler?: string };
  if (handler === undefined) return;
  metrics.requests.inc({ code: String(reply.statusCode), handler, method: request.method.toLowerCase() });
}
