// Puts the API's routes on an HTTP server: forms, cross-origin headers, hang-ups, wrong methods, metrics.
// Comes from: main, with the route lists of the files beside this one. Errors go to api/respond.
import type { ServerResponse } from "node:http";
import { type CompiledRegex, compileRegex } from "@narthex/model";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { HttpMetrics } from "./http-metrics.js";
import { OtherMethods } from "./other-methods.js";
import { Parameters } from "./parameters.js";
import { ApiError, notReady, type Readiness, sendAnswer, sendError, sendTextError } from "./respond.js";
import type { ApiRequest, Route } from "./route.js";

export type RoutesOptions = {
  readonly routes: readonly Route[];
  /** "" or "/prometheus". */
  readonly prefix: string;
  /** --web.cors.origin */
  readonly corsOrigin: string;
  readonly readiness: () => Readiness;
  readonly metrics: HttpMetrics;
  /** Called before a route answers that reads no body as bytes: samples come in such. */
  readonly beforeAnswer: () => void;
  /** Told why an answer to a path was cut off on the way. */
  readonly onCut: (path: string, error: unknown) => void;
};

/** A query may have 256 KiB, and three characters for each of them in a form. */
export const formBytesMax: number = 2 * 1024 * 1024;

const tooLargeCode = "FST_ERR_CTP_BODY_TOO_LARGE";

export function addRoutes(app: FastifyInstance, options: RoutesOptions): void {
  const { prefix, metrics, readiness } = options;
  addFormParser(app);
  const origin = compileRegex(options.corsOrigin);
  const others = new OtherMethods(options.routes);
  const otherOf = (request: FastifyRequest): ReturnType<OtherMethods["find"]> =>
    request.is404 && request.url.startsWith(prefix)
      ? others.find(pathOf(request.url).slice(prefix.length), request.method)
      : undefined;
  app.addHook("onRequest", (request, reply, done) => {
    if (request.url.startsWith(`${prefix}/api/`)) allowOrigin(request, reply, origin);
    metrics.begin(request);
    const other = otherOf(request);
    if (other) refuseMethod(reply, other.methods);
    else done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    metrics.count(otherOf(request)?.path ?? handlerOf(request, prefix), reply);
    done();
  });
  app.options(`${prefix}/api/*`, (_, reply) => reply.code(204).send());
  for (const route of options.routes)
    addRoute(app, route.isAlwaysServed === true ? route : whenReady(route, readiness), options);
}

function whenReady(route: Route, readiness: () => Readiness): Route {
  return {
    ...route,
    answer: (request) => {
      const present = readiness();
      return present === "ready" ? route.answer(request) : notReady(present);
    },
  };
}

function addRoute(app: FastifyInstance, route: Route, { prefix, beforeAnswer, onCut }: RoutesOptions): void {
  const url = prefix + route.path;
  const onOwnCut = (error: unknown): void => onCut(route.path, error);
  const answer = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    answerRoute(route, { request, reply, onCut: onOwnCut });
  const served = { method: [...route.methods], url, handler: answer };
  if (route.bodyBytesMax !== undefined) {
    addBodyRoute(app, served, route.bodyBytesMax);
    return;
  }
  const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    beforeAnswer();
    return answer(request, reply);
  };
  app.route({ ...served, handler });
}

/** In a scope of its own, where no parser looks into the body. */
function addBodyRoute(app: FastifyInstance, route: RouteOptions, bodyBytesMax: number): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: bodyBytesMax }, (_, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((error: FastifyError, _, reply) => {
      if (error.code !== tooLargeCode) throw error;
      return reply
        .code(413)
        .type("text/plain; charset=utf-8")
        .send(`request body is larger than ${bodyBytesMax} bytes\n`);
    });
    // What @fastify/compress looks for: it knows no snappy.
    const untouched = { ...route, decompress: false as const };
    scope.route(untouched);
  });
}

function refuseMethod(reply: FastifyReply, methods: Route["methods"]): FastifyReply {
  return reply
    .code(405)
    .header("allow", [...methods, "OPTIONS"].sort().join(", "))
    .type("text/plain; charset=utf-8")
    .send("Method Not Allowed\n");
}

type Exchange = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly onCut: (error: unknown) => void;
};

async function answerRoute(route: Route, { request, reply, onCut }: Exchange): Promise<FastifyReply> {
  try {
    return sendAnswer(reply, await route.answer(apiRequestFrom(request, reply)), onCut);
  } catch (error) {
    return route.isPage ? sendTextError(reply, error) : sendError(reply, error);
  }
}

function apiRequestFrom(request: FastifyRequest, reply: FastifyReply): ApiRequest {
  let signal: AbortSignal | undefined;
  const search = request.url.indexOf("?");
  const query = new URLSearchParams(search < 0 ? "" : request.url.slice(search + 1));
  const form = request.body instanceof URLSearchParams ? request.body : undefined;
  return {
    parameters: new Parameters(query, form),
    path: request.params as Record<string, string>,
    headers: request.headers,
    method: request.method,
    body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
    clientAddress: request.socket.remoteAddress ?? "",
    get signal() {
      signal ??= hangUpSignal(reply.raw);
      return signal;
    },
  };
}

function hangUpSignal(response: ServerResponse): AbortSignal {
  const hangUp = new AbortController();
  const tell = (): void => {
    if (!response.writableFinished) hangUp.abort();
  };
  if (response.closed) tell();
  else response.once("close", tell);
  return hangUp.signal;
}

function addFormParser(app: FastifyInstance): void {
  const type = "application/x-www-form-urlencoded";
  app.addContentTypeParser(type, { parseAs: "string", bodyLimit: formBytesMax }, (_, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.setErrorHandler((error: FastifyError, _, reply) => {
    if (error.code !== tooLargeCode) throw error;
    return sendError(reply, new ApiError("bad_data", `request body is larger than ${formBytesMax} bytes`), 413);
  });
  // Other bodies are not read, as Prometheus does not: the parameters then stand in the query string.
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
}

const corsHeaders = {
  "access-control-allow-headers": "Accept, Authorization, Content-Type, Origin",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-expose-headers": "Date",
  vary: "Origin",
};

function allowOrigin(request: FastifyRequest, reply: FastifyReply, allowed: CompiledRegex): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  reply.headers(corsHeaders);
  if (allowed.source === ".*") reply.header("access-control-allow-origin", "*");
  else if (allowed.test(origin)) reply.header("access-control-allow-origin", origin);
}

function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** The route's pattern, never the path itself: paths are endless and metrics are not. */
function handlerOf(request: FastifyRequest, prefix: string): string {
  const pattern = request.routeOptions.url;
  return pattern === undefined ? "/*" : pattern.slice(prefix.length) || "/";
}
