// The endpoints of an agent: those of a server that need no storage to query; the others say so, as Prometheus' do.
// Goes to: api/listen.
import type { HttpListener } from "@narthex/service";
import { featuresOf } from "../api/features.js";
import { lifecycleRoutes } from "../api/lifecycle.js";
import { listenRoutes } from "../api/listen.js";
import { notificationRoutes } from "../api/notifications.js";
import { openapiRoutes } from "../api/openapi.js";
import { receiverRoutes } from "../api/receivers.js";
import { ApiError, text } from "../api/respond.js";
import { type Method, pageRoute, type Route } from "../api/route.js";
import { disabledSearchRoutes, searchPaths } from "../api/search.js";
import { selfMetricsRoutes } from "../api/self-metrics.js";
import { statusRoutes } from "../api/status.js";
import { ownPort, targetRoutes } from "../api/targets.js";
import { printConfig } from "../config/print.js";
import type { ServerContext } from "../context.js";
import { printFlags } from "../flags.js";
import type { AgentParts } from "./parts.js";

/** Rejects with an Error that names the address which cannot be had. */
export function listenAgent(context: ServerContext, parts: AgentParts): Promise<HttpListener> {
  const routes = agentRoutes(context, parts);
  return listenRoutes(context, { routes, readiness: parts.readiness, alertmanagers: () => [] });
}

const form: readonly Method[] = ["GET", "POST"];
const change: readonly Method[] = ["POST", "PUT"];

/** Prometheus: web/api/v1/api.go, wrapAgent. Those of alert history and running queries are ours. */
const unavailable: readonly (readonly [methods: readonly Method[], path: string])[] = [
  [form, "query"],
  [form, "query_range"],
  [form, "query_exemplars"],
  [form, "format_query"],
  [form, "parse_query"],
  [form, "labels"],
  [["GET"], "label/:name/values"],
  [["GET", "POST", "DELETE"], "series"],
  [["GET"], "alertmanagers"],
  [["GET"], "rules"],
  [["GET"], "alerts"],
  [["GET"], "alerts/history"],
  [["GET"], "status/tsdb"],
  [["GET"], "status/tsdb/blocks"],
  [["GET"], "status/queries"],
  [["DELETE"], "status/queries/:id"],
  [change, "admin/tsdb/delete_series"],
  [change, "admin/tsdb/clean_tombstones"],
  [change, "admin/tsdb/snapshot"],
];

const search = searchPaths.map((path) => [form, path] as const);

const withoutStorage = "unsupported operation with WAL-only storage\n";

function unavailableRoute([methods, path]: (typeof unavailable)[number]): Route {
  return {
    methods,
    path: `/api/v1/${path}`,
    answer: () => {
      throw new ApiError("execution", "unavailable with Prometheus Agent");
    },
  };
}

function agentRoutes(context: ServerContext, parts: AgentParts): Route[] {
  const { flags, features, clock, registry } = context;
  const { scrape, reloader, storage, readiness } = parts;
  return [
    ...[...unavailable, ...(features.hasSearch ? search : [])].map(unavailableRoute),
    ...(features.hasSearch ? [] : disabledSearchRoutes()),
    pageRoute("/federate", () => text(withoutStorage, 500)),
    { ...pageRoute("/api/v1/read", () => text(withoutStorage, 500)), methods: ["POST"], bodyBytesMax: readBytesMax },
    ...targetRoutes({ scrape, externalUrl: () => context.externalUrl, ownPort: () => ownPort(flags) }),
    ...statusRoutes({
      corruptions: () => storage.store.stats().corruptions,
      flags: printFlags(flags),
      printedConfig: () => printConfig(reloader.config),
      reload: () => reloader.status,
      startTime: context.startTime,
      now: () => clock.now(),
      retention: () => "",
      replaySegments: storage.replayProgress,
      features: () => featuresOf(flags, features),
    }),
    ...notificationRoutes(parts.notifications),
    ...selfMetricsRoutes(registry),
    ...receiverRoutes(context, { appendable: storage.store, otlp: () => reloader.config.otlp }),
    ...openapiRoutes(),
    ...lifecycleRoutes({
      name: "Agent",
      registry,
      readiness,
      isEnabled: flags["web.enable-lifecycle"],
      reload: () => reloader.reload(),
      quit: context.quit,
    }),
  ];
}

// Nobody looks into it.
const readBytesMax = 2 * 1024 * 1024;
