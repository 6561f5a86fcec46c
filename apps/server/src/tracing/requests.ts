// A span for each request to us, child of the one its headers name. Comes from: api/listen.
import type { Span } from "@opentelemetry/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { fail, type Tracing } from "./tracing.js";

export function addTracing(app: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  const begin = (request: FastifyRequest): void => {
    // Parameters stay out: they may be passwords.
    const path = request.url.split("?")[0] as string;
    const attributes = { "http.request.method": request.method, "url.path": path };
    const span = tracing.begin({ name: `${request.method} ${path}`, kind: "server", attributes }, request.headers);
    if (span) spans.set(request, span);
  };
  const end = (span: Span, reply: FastifyReply): void => {
    span.setAttribute("http.response.status_code", reply.statusCode);
    if (reply.statusCode >= 500) fail(span, `HTTP status ${reply.statusCode}`);
    span.end();
  };
  app.addHook("onRequest", (request, _reply, done) => {
    if (tracing.isOn) begin(request);
    done();
  });
  // Behind the reading of the body, whose events belong to the connection.
  app.addHook("preHandler", (request, _reply, done) => {
    const span = spans.get(request);
    if (span) tracing.run(span, done);
    else done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const span = spans.get(request);
    if (span) end(span, reply);
    done();
  });
}
