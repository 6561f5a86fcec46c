// Alertmanager as a service: loads the config, opens the state, listens, notifies; closes in the other order.
import { hostname } from "node:os";
import { collectDefaultMetrics, Gauge, Registry } from "@narthex/client";
import { type HttpListener, type Logger, listenHttp, parseAddress } from "@narthex/service";
import { type Clock, systemClock } from "@narthex/stdx";
import { isResolved } from "./alerts/alert.js";
import { alertStatus } from "./api/alert-json.js";
import type { ApiContext } from "./api/context.js";
import { addRoutes } from "./api/routes.js";
import type { AlertmanagerFlags } from "./flags.js";
import { type MatcherParser, matcherParserFrom } from "./matchers/parse.js";
import { apiMetrics, configMetrics, limitMetrics, notifyMetrics, type StateMetrics, stateMetrics } from "./metrics.js";
import { loadHash } from "./notify/hash.js";
import { kinds } from "./notify/kinds.js";
import { loadConfig, Reloader } from "./reloader.js";
import { closeState, openState, type State, startChores } from "./state.js";
import { version } from "./version.js";

export interface AlertmanagerRequest {
  readonly flags: AlertmanagerFlags;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface RunningAlertmanager {
  /** Where it listens, one for each address. */
  readonly urls: readonly string[];
  /** Loads the config anew. Rejects where it is wrong; the old one then stays in force. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Of one request. */
const bodyBytesMax = 10 * 1024 * 1024;

/** Rejects with ConfigError where the config is wrong, Error where the storage or the address cannot be used. */
export async function startAlertmanager(request: AlertmanagerRequest): Promise<RunningAlertmanager> {
  const { flags, logger, clock = systemClock } = request;
  const registry = new Registry({ clock });
  const parts = await assemble({ flags, logger, clock, registry });
  const { state, reloader, metrics } = parts;
  const listener = await listen(parts, { flags, logger, registry }).catch(async (error: unknown) => {
    await reloader.close();
    closeState(state);
    throw error;
  });
  const stopDefaultMetrics = collectDefaultMetrics({ register: registry });
  const endChores = startChores(state, {
    flags,
    logger,
    clock,
    metrics,
    onCollected: () => reloader.generation.inhibitor.forgetResolved(clock.now()),
  });
  reloader.start();
  logger.info({ urls: listener.urls }, "Listening");
  return {
    urls: listener.urls,
    reload: () => reloader.reload(),
    async close() {
      await listener.close();
      await reloader.close();
      endChores();
      stopDefaultMetrics();
    },
  };
}

interface Surroundings {
  readonly flags: AlertmanagerFlags;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
}

interface Parts {
  readonly state: State;
  readonly reloader: Reloader;
  readonly context: ApiContext;
  readonly metrics: StateMetrics;
}

// Nothing it makes runs yet.
async function assemble({ flags, logger, clock, registry }: Surroundings): Promise<Parts> {
  const startedAt = clock.now();
  const parseMatchers = matcherParserFor(flags, logger);
  const loaded = loadConfig(flags["config.file"], parseMatchers);
  const hash = await loadHash();
  const limits = limitMetrics(registry);
  const state = openState({ flags, logger, clock, onLimited: () => limits.alertsLimited.inc() });
  const reloader = new Reloader(loaded, {
    configFile: flags["config.file"],
    parseMatchers,
    tools: {
      ...state,
      clock,
      hash,
      random: Math.random,
      externalUrl: externalUrl(flags),
      metrics: notifyMetrics(
        registry,
        kinds.map((kind) => kind.name),
      ),
      logger: logger.child({ component: "dispatcher" }),
      onGroupLimit: () => limits.groupLimitReached.inc(),
      dispatchMaintenanceMs: flags["dispatch.maintenance-interval"],
    },
    metrics: configMetrics(registry),
    logger: logger.child({ component: "configuration" }),
    retentionMs: flags["data.retention"],
    dispatchStart: startedAt + flags["dispatch.start-delay"],
  });
  const context: ApiContext = {
    ...state,
    parseMatchers,
    clock,
    startedAt,
    generation: () => reloader.generation,
    metrics: apiMetrics(registry),
    logger: logger.child({ component: "api" }),
    logSilences: flags["log.silences"],
  };
  return { state, reloader, context, metrics: addStateMetrics(registry, context, flags) };
}

function listen(
  { reloader, context }: Parts,
  { flags, logger, registry }: Omit<Surroundings, "clock">,
): Promise<HttpListener> {
  return listenHttp({
    addresses: flags["web.listen-address"],
    logger,
    bodyBytesMax,
    ...(flags["web.config.file"] ? { webConfigFile: flags["web.config.file"] } : {}),
    routes: (app) =>
      addRoutes(app, {
        context,
        registry,
        reload: () => reloader.reload(),
        prefix: routePrefix(flags),
        getConcurrencyMax: flags["web.get-concurrency"],
      }),
  });
}

function matcherParserFor(flags: AlertmanagerFlags, logger: Logger): MatcherParser {
  const features = flags["enable-feature"].split(",").map((feature) => feature.trim());
  const matchers = logger.child({ component: "matchers" });
  const warn = (message: string, details: object): void => matchers.warn(details, message);
  if (features.includes("classic-mode")) return matcherParserFrom("classic", warn);
  return matcherParserFrom(features.includes("utf8-strict-mode") ? "utf8-strict" : "fallback", warn);
}

function externalUrl(flags: AlertmanagerFlags): string {
  const given = flags["web.external-url"];
  if (given !== "") return given.replace(/\/+$/, "");
  const { host, port } = parseAddress(flags["web.listen-address"][0] ?? ":9093");
  const isWildcard = host === undefined || host === "0.0.0.0" || host === "::";
  const name = isWildcard ? hostname() : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** "" or "/prefix": as asked for, else the path of the external URL. */
function routePrefix(flags: AlertmanagerFlags): string {
  const given = flags["web.route-prefix"] || new URL(externalUrl(flags)).pathname;
  const inner = given.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}

function addStateMetrics(registry: Registry, context: ApiContext, flags: AlertmanagerFlags): StateMetrics {
  new Gauge({
    registers: [registry],
    name: "alertmanager_build_info",
    help: "A metric with a constant '1' value labeled by version.",
    labelNames: ["version"],
  }).set({ version }, 1);
  new Gauge({
    registers: [registry],
    name: "alertmanager_cluster_enabled",
    help: "Indicates whether the clustering is enabled or not.",
  }).set(0);
  return stateMetrics(registry, {
    countAlerts: () => countAlerts(context),
    countSilences: () => context.silences.countByState(),
    countGroups: () => context.generation().dispatcher.groupCount,
    alertsPerNameMax: flags["alerts.per-alertname-limit"],
  });
}

function countAlerts(context: ApiContext): Record<"active" | "suppressed" | "unprocessed", number> {
  const counts = { active: 0, suppressed: 0, unprocessed: 0 };
  const now = context.clock.now();
  for (const alert of context.alerts.all()) {
    if (!isResolved(alert, now)) counts[alertStatus(context, alert.labels).state]++;
  }
  return counts;
}
