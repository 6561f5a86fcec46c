// The exporter's metrics about itself: its process, and how scrapes of it went, under the names of Go's promhttp.
import { Counter, collectDefaultMetrics, Gauge, Registry } from "@narthex/client";

export type HandlerMetrics = {
  readonly registry: Registry;
  /** Call at the start of a scrape; what it returns takes the status of the answer. */
  readonly begin: () => (status: number) => void;
  readonly close: () => void;
};

export function createHandlerMetrics(): HandlerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const stop = collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "promhttp_metric_handler_requests_total",
    help: "Scrapes by status of the answer.",
    labelNames: ["code"],
    registers,
  });
  for (const code of ["200", "500", "503"]) requests.inc({ code }, 0);
  const errors = new Counter({
    name: "promhttp_metric_handler_errors_total",
    help: "Errors inside of scrapes.",
    labelNames: ["cause"],
    registers,
  });
  for (const cause of ["encoding", "gathering"]) errors.inc({ cause }, 0);
  const inFlight = new Gauge({
    name: "promhttp_metric_handler_requests_in_flight",
    help: "Scrapes under way.",
    registers,
  });
  return {
    registry,
    begin() {
      inFlight.inc();
      return (status) => {
        inFlight.dec();
        requests.inc({ code: String(status) });
        if (status === 500) errors.inc({ cause: "gathering" });
      };
    },
    close: stop,
  };
}
