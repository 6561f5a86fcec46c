import { Counter, Histogram, type Registry } from "@narthex/client";
import type { FastifyReply, FastifyRequest } from "fastify";

export type HttpMetrics = {
  readonly begin: (request: FastifyRequest) => void;
  readonly count: (handler: string, reply: FastifyReply) => void;
};

export function httpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "prometheus_http_requests_total",
    help: "Counter of HTTP requests.",
    labelNames: ["handler", "code"],
    registers,
  });
  const durations = new Histogram({
    name: "prometheus_http_request_duration_seconds",
    help: "Histogram of latencies for HTTP requests.",
    labelNames: ["handler"],
    buckets: [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120],
    registers,
  });
  const sizes = new Histogram({
    name: "prometheus_http_response_size_bytes",
    help: "Histogram of response size for HTTP requests.",
    labelNames: ["handler"],
    buckets: [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000],
    registers,
  });
  // Bytes that the connection had carried when the request came.
  const carried = new WeakMap<FastifyRequest, number>();
  // A body that is compressed or sent in parts has no length of its own; then its head counts with it.
  const sizeOf = (reply: FastifyReply): number => {
    const length = reply.getHeader("content-length");
    if (length !== undefined) return Number(length);
    // Of the request: the answer lets go of its socket when it has ended.
    return reply.request.socket.bytesWritten - (carried.get(reply.request) ?? 0);
  };
  return {
    begin(request) {
      carried.set(request, request.socket.bytesWritten);
    },
    count(handler, reply) {
      requests.inc({ handler, code: reply.statusCode });
      durations.observe({ handler }, reply.elapsedTime / 1000);
      const size = sizeOf(reply);
      if (!Number.isNaN(size)) sizes.observe({ handler }, size);
    },
  };
}
