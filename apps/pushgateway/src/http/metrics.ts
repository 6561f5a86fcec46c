// The Pushgateway's metrics about itself.
import { Counter, collectDefaultMetrics, Gauge, Registry, Summary } from "@narthex/client";
import type { MetricFamily } from "@narthex/formats";

export const version = "0.1.0";

export type OwnMetrics = {
  readonly registry: Registry;
  readonly requests: Counter<"code" | "handler" | "method">;
  readonly pushSeconds: Summary<"method">;
  readonly pushBytes: Summary<"method">;
  /** Filled by `learnNames`. */
  readonly types: Map<string, MetricFamily["type"]>;
  readonly help: Map<string, string>;
  readonly close: () => void;
};

const percentiles = [0.1, 0.5, 0.9];

export function createOwnMetrics(): OwnMetrics {
  const registry = new Registry();
  const registers = [registry];
  const close = collectDefaultMetrics({ register: registry });
  const buildInfo = new Gauge({
    name: "pushgateway_build_info",
    help: "Version of the Pushgateway and its runtime, in labels; always 1.",
    labelNames: ["branch", "goarch", "goos", "goversion", "revision", "tags", "version"],
    registers,
  });
  const goversion = `node${process.versions.node}`;
  const build = { version, goversion, goos: process.platform, goarch: process.arch };
  buildInfo.set({ ...build, branch: "", revision: "", tags: "" }, 1);
  return {
    registry,
    requests: new Counter({
      name: "pushgateway_http_requests_total",
      help: "Requests other than scrapes, by handler and status.",
      labelNames: ["code", "handler", "method"],
      registers,
    }),
    pushSeconds: new Summary({
      name: "pushgateway_http_push_duration_seconds",
      help: "Time that pushes took.",
      labelNames: ["method"],
      percentiles,
      registers,
    }),
    pushBytes: new Summary({
      name: "pushgateway_http_push_size_bytes",
      help: "Size of pushes as sent.",
      labelNames: ["method"],
      percentiles,
      registers,
    }),
    types: new Map(),
    help: new Map(),
    close,
  };
}

/** Notes which names are taken by the Pushgateway itself. */
export async function learnNames({ registry, types, help }: OwnMetrics): Promise<void> {
  for (const family of await registry.families()) {
    types.set(family.name, family.type);
    if (family.help !== undefined) help.set(family.name, family.help);
  }
}
