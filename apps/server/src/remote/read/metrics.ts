// What reading from remotes tells about itself, under Prometheus' names.
import { Counter, Gauge, Histogram, type Registry } from "@narthex/client";

export type ReadOutcome = {
  /** "sampled", "chunked" or "unsupported". */
  readonly responseType: string;
  readonly code: string;
  readonly seconds: number;
};

/** Of one remote. */
export type ReadMetrics = {
  readonly begin: () => void;
  readonly end: () => void;
  readonly note: (outcome: ReadOutcome) => void;
};

const remoteLabels = ["remote_name", "url"];

export function readMetrics(
  registry: Registry,
): (remote: { readonly name: string; readonly url: string }) => ReadMetrics {
  const registers = [registry];
  const running = new Gauge({
    name: "prometheus_remote_storage_remote_read_queries",
    help: "The number of in-flight remote read queries.",
    labelNames: remoteLabels,
    registers,
  });
  const total = new Counter({
    name: "prometheus_remote_storage_read_queries_total",
    help: "The total number of remote read queries.",
    labelNames: [...remoteLabels, "response_type", "code"],
    registers,
  });
  const duration = new Histogram({
    name: "prometheus_remote_storage_read_request_duration_seconds",
    help: "Histogram of the latency for remote read requests.",
    labelNames: [...remoteLabels, "response_type"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60],
    registers,
  });
  return ({ name, url }) => {
    const own = { remote_name: name, url };
    running.set(own, 0);
    return {
      begin: () => running.inc(own),
      end: () => running.dec(own),
      note({ responseType: response_type, code, seconds }) {
        total.inc({ ...own, response_type, code });
        duration.observe({ ...own, response_type }, seconds);
      },
    };
  };
}
