// Which rooms of a server each group of endpoints reads. Goes to: api/listen.
import type { HttpListener } from "@narthex/service";
import { printConfig } from "../config/print.js";
import type { ServerContext } from "../context.js";
import { printFlags } from "../flags.js";
import type { ServerParts } from "../parts.js";
import { printRetention, retentionOf } from "../retention.js";
import { activeQueriesRoutes } from "./active-queries.js";
import { adminRoutes } from "./admin.js";
import { alertHistoryRoutes } from "./alert-history.js";
import { consoleRoutes } from "./consoles.js";
import { featuresOf } from "./features.js";
import { federationRoutes } from "./federate.js";
import { lifecycleRoutes } from "./lifecycle.js";
import { listenRoutes } from "./listen.js";
import { notificationRoutes } from "./notifications.js";
import { openapiRoutes } from "./openapi.js";
import { queryRoutes } from "./query.js";
import { receiverRoutes } from "./receivers.js";
import { type RemoteReadSource, remoteReadRoutes } from "./remote-read.js";
import type { Route } from "./route.js";
import { rulesRoutes } from "./rules.js";
import { disabledSearchRoutes, searchRoutes } from "./search.js";
import { selfMetricsRoutes } from "./self-metrics.js";
import { seriesRoutes } from "./series.js";
import { statusRoutes, storageStatusRoutes } from "./status.js";
import { ownPort, targetRoutes } from "./targets.js";

/** Rejects with an Error that names the address which cannot be had. */
export function listenApi(context: ServerContext, parts: ServerParts): Promise<HttpListener> {
  return listenRoutes(context, {
    routes: allRoutes(context, parts),
    readiness: parts.readiness,
    alertmanagers: () => parts.notifier.alertmanagers().active,
  });
}

function allRoutes(context: ServerContext, parts: ServerParts): Route[] {
  const { flags, features, clock, registry } = context;
  const { tsdb, remotes, queries, scrape, rules, notifier, reloader } = parts;
  const now = (): number => clock.now();
  const isEnabled = { admin: flags["web.enable-admin-api"], lifecycle: flags["web.enable-lifecycle"] };
  return [
    ...queryRoutes({
      runner: queries.runner,
      tsdb,
      features: { features: features.promql },
      countsSteps: features.countsSteps,
      now,
    }),
    ...activeQueriesRoutes(queries),
    ...seriesRoutes({ tsdb, lookUp: queries.lookUp, remotes }),
    ...(features.hasSearch
      ? searchRoutes({
          tsdb,
          lookUp: queries.lookUp,
          limitMax: flags["web.search.max-limit"],
          metadata: () => scrape.metadata(),
        })
      : disabledSearchRoutes()),
    ...targetRoutes({ scrape, externalUrl: () => context.externalUrl, ownPort: () => ownPort(flags) }),
    ...alertHistoryRoutes(parts.history),
    ...rulesRoutes({ rules, alertmanagers: () => notifier.alertmanagers() }),
    ...storageStatusRoutes(tsdb),
    ...statusRoutes({
      corruptions: () => tsdb.stats().corruptions,
      flags: printFlags(flags),
      printedConfig: () => printConfig(reloader.config),
      reload: () => reloader.status,
      startTime: context.startTime,
      now,
      retention: () => printRetention(retentionOf(flags, reloader.config)),
      replaySegments: parts.storage.replayProgress,
      features: () => featuresOf(flags, features),
    }),
    ...adminRoutes({ tsdb, isEnabled: isEnabled.admin, path: flags["storage.tsdb.path"], now }),
    ...notificationRoutes(parts.notifications),
    ...selfMetricsRoutes(registry),
    ...consoleRoutes({
      runner: queries.runner,
      language: { features: features.promql },
      now,
      templates: flags["web.console.templates"],
      libraries: flags["web.console.libraries"],
      externalUrl: context.externalUrl.href,
      externalLabels: () => reloader.config.global.external_labels,
    }),
    ...receiverRoutes(context, { appendable: tsdb, otlp: () => reloader.config.otlp }),
    ...openapiRoutes(),
    ...federationRoutes({
      lookUp: queries.lookUp,
      now,
      lookbackDeltaMs: flags["query.lookback-delta"],
      externalLabels: () => reloader.config.global.external_labels,
    }),
    ...remoteReadRoutes(remoteReadSource(context, parts)),
    ...lifecycleRoutes({
      name: "Server",
      registry,
      readiness: parts.readiness,
      isEnabled: isEnabled.lifecycle,
      reload: () => reloader.reload(),
      quit: context.quit,
    }),
  ];
}

function remoteReadSource({ flags, registry }: ServerContext, { queries, reloader }: ServerParts): RemoteReadSource {
  return {
    lookUp: queries.lookUp,
    externalLabels: () => reloader.config.global.external_labels,
    samplesMax: flags["storage.remote.read-sample-limit"],
    concurrentMax: flags["storage.remote.read-concurrent-limit"],
    frameBytesMax: flags["storage.remote.read-max-bytes-in-frame"],
    registry,
  };
}
