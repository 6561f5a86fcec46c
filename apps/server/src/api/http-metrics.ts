import { Counter, Histogram, type Registry } from "@narthex/client";
import type { FastifyReply } from "fastify";

export type HttpMetrics = { readonly count: (handler: string, reply: FastifyReply) => void };

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
  return {
    count(handler, reply) {
      requests.inc({ handler, code: reply.statusCode });
      durations.observe({ handler }, reply.elapsedTime / 1000);
      const size = Number(reply.getHeader("content-length") ?? Number.NaN);
      if (!Number.isNaN(size)) sizes.observe({ handler }, size);
    },
  };
}
