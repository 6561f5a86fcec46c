// /-/healthy, /-/ready, and, behind --web.enable-lifecycle, /-/reload and /-/quit. /version and /metrics.
import { answerScrape, Counter, Gauge, type Registry } from "@narthex/client";
import { errorText } from "@narthex/service";
import { type Answer, notReady, type Readiness, text } from "./respond.js";
import { changeRoute, earlyRoute, type Route } from "./route.js";
import { buildInfo } from "./status.js";

export type LifecycleSource = {
  /** What runs here. */
  readonly name: "Server" | "Agent";
  readonly registry: Registry;
  readonly readiness: () => Readiness;
  readonly isEnabled: boolean;
  readonly reload: () => Promise<void>;
  readonly quit: () => void;
};

export function lifecycleRoutes(source: LifecycleSource): Route[] {
  return [
    earlyRoute("/-/healthy", () => text(`Prometheus ${source.name} is Healthy.\n`)),
    earlyRoute("/-/ready", () => readyAnswer(source)),
    { ...changeRoute("/-/reload", () => (source.isEnabled ? reload(source) : disabled)), isAlwaysServed: true },
    { ...changeRoute("/-/quit", () => (source.isEnabled ? quit(source) : disabled)), isAlwaysServed: true },
    earlyRoute("/version", () => text(JSON.stringify(buildInfo))),
    earlyRoute("/metrics", metricsAnswer(source.registry)),
  ];
}

function readyAnswer({ name, readiness }: LifecycleSource): Answer {
  const present = readiness();
  return present === "ready" ? text(`Prometheus ${name} is Ready.\n`) : notReady(present);
}

/** Counts itself as Go's promhttp does. */
function metricsAnswer(registry: Registry): Route["answer"] {
  const registers = [registry];
  const inFlight = new Gauge({
    name: "promhttp_metric_handler_requests_in_flight",
    help: "Current number of scrapes being served.",
    registers,
  });
  const requests = new Counter({
    name: "promhttp_metric_handler_requests_total",
    help: "Total number of scrapes by HTTP status code.",
    labelNames: ["code"],
    registers,
  });
  for (const code of ["200", "500", "503"]) requests.inc({ code }, 0);
  return async ({ headers }) => {
    const accept = headers["accept"];
    inFlight.inc();
    try {
      const { body, contentType } = await answerScrape(registry, typeof accept === "string" ? accept : undefined);
      requests.inc({ code: "200" });
      return { kind: "body", body, contentType };
    } catch (error) {
      requests.inc({ code: "500" });
      throw error;
    } finally {
      inFlight.dec();
    }
  };
}

const disabled: Answer = text("Lifecycle API is not enabled.\n", 403);

async function reload(source: LifecycleSource): Promise<Answer> {
  try {
    await source.reload();
    return { kind: "done" };
  } catch (error) {
    return text(`failed to reload config: ${errorText(error)}\n`, 500);
  }
}

function quit(source: LifecycleSource): Answer {
  source.quit();
  return text("Requesting termination... Goodbye!\n");
}
