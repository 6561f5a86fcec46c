// The server: opens and joins its rooms in the order data passes, and closes them the other way round.
// config → HTTP → storage (replay) beside discovery and scrape → rules, queries.
import { hostname } from "node:os";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "@narthex/client";
import { type HttpListener, type Logger, parseAddress } from "@narthex/service";
import { type Clock, nodeFileSystem, Slots, systemClock } from "@narthex/stdx";
import { type ThreadWatch, type Tsdb, unwatched } from "@narthex/tsdb";
import { type StartedRooms, startAgentRooms } from "./agent/rooms.js";
import type { Readiness } from "./api/respond.js";
import { listenApi } from "./api/server.js";
import { applyConfig } from "./apply.js";
import { chunkFormOf } from "./chunk-form.js";
import { collectAfterBursts, collectGarbage } from "./collect-garbage.js";
import type { ServerContext } from "./context.js";
import type { DiscoveryManager } from "./discovery/manager.js";
import { discoveryOpener } from "./discovery/open.js";
import { enabledFeatures } from "./features.js";
import { checkFlags, externalUrlOf, type ServerFlags } from "./flags.js";
import { Notifications, notificationTexts } from "./notifications.js";
import { Notifier } from "./notify/notifier.js";
import type { ServerParts } from "./parts.js";
import { QueryLog } from "./query/log.js";
import { openQueries, type Queries } from "./query/open.js";
import { type LoadedConfig, loadAll, Reloader } from "./reloader.js";
import { readMetrics } from "./remote/read/metrics.js";
import { Remotes } from "./remote/read/remotes.js";
import { openSender } from "./remote/send/open.js";
import { retentionOf } from "./retention.js";
import { AlertHistory } from "./rules/history/log.js";
import { RuleManager } from "./rules/manager.js";
import { addHistoryMetrics, createRuleMetrics } from "./rules/metrics.js";
import { newScrapeManager } from "./scrape/open.js";
import { defaultClient, type PoolOptions } from "./scrape/pool.js";
import { addBuildInfo, addReadiness, queryMetrics, reloadMetrics } from "./self-metrics.js";
import {
  compactRegularly,
  exemplarsMaxOf,
  openStorage,
  type ServerStorage,
  staleSeriesThresholdOf,
  untilOpened,
} from "./storage.js";
import { noteQuery } from "./tracing/query.js";
import { Tracing } from "./tracing/tracing.js";
import { userAgent } from "./version.js";

export type ServerRequest = {
  readonly flags: ServerFlags;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Aborted: the start ends where it stands, and rejects with the signal's reason. */
  readonly stopping?: AbortSignal;
  /** Ends the process, for POST /-/quit; SIGTERM to itself when absent. */
  readonly quit?: () => void;
  /** The network that scrapes go through; the real one when absent. */
  readonly createScrapeClient?: PoolOptions["createClient"];
  /** Holds the replay of the log between its slices; a turn of the event loop when absent. */
  readonly giveWay?: () => Promise<void>;
  /** Called before a thread loads its program; what it returns, when the thread has done so, or has ended. */
  readonly beforeThread?: () => () => void;
  /** As `beforeThread`, of a thread that does its work within seconds. */
  readonly beforeShortThread?: () => ThreadWatch;
  /** Called before an endpoint reads its parameters and answers. */
  readonly beforeAnswer?: () => void;
};

export type RunningServer = {
  readonly urls: readonly string[];
  /** Rejects where the new configuration is wrong; the earlier one then stays in force. */
  reload(): Promise<void>;
  close(): Promise<void>;
};

/** Rejects with UsageError and ConfigError, and with an Error where the data directory or an address cannot be had. */
export async function startServer(request: ServerRequest): Promise<RunningServer> {
  const { flags, logger, clock = systemClock } = request;
  checkFlags(flags);
  const features = enabledFeatures(flags, logger);
  const source = { file: flags["config.file"], language: { features: features.promql }, isAgent: flags.agent };
  const loaded = loadAll(source);
  const context: ServerContext = {
    flags,
    source,
    features,
    logger,
    clock,
    registry: new Registry({ clock }),
    tracing: new Tracing(logger.child({ component: "tracing" })),
    startTime: clock.now(),
    stopping: request.stopping,
    externalUrl: externalUrlOf(flags) ?? defaultExternalUrl(flags),
    quit: request.quit ?? (() => process.kill(process.pid, "SIGTERM")),
    createScrapeClient: request.createScrapeClient ?? defaultClient(userAgent),
    giveWay: request.giveWay,
    beforeThread: request.beforeThread ?? (() => () => {}),
    beforeShortThread: request.beforeShortThread ?? (() => unwatched),
    beforeAnswer: request.beforeAnswer ?? (() => {}),
  };
  const closers: (() => unknown)[] = [() => context.tracing.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const start = flags.agent ? startAgentRooms : startRooms;
    return { ...(await start(context, loaded, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every room that opened has its closer in `closers`, even where a later one fails. */
async function startRooms(
  context: ServerContext,
  loaded: LoadedConfig,
  closers: (() => unknown)[],
): Promise<StartedRooms> {
  const { flags, registry } = context;
  closers.push(collectDefaultMetrics({ register: registry }));
  addBuildInfo(registry);
  const storage = openStorage(context, loaded);
  const opened = untilOpened(storage, registry);
  // Whoever starts later awaits it; until then nobody need hear of a failure.
  opened.catch(() => undefined);
  closers.push(() => storage.tsdb.close());
  addReadiness(registry, () => storage.tsdb.isReady);
  let isStopping = false;
  const readiness = (): Readiness => (isStopping ? "stopping" : storage.tsdb.isReady ? "ready" : "starting");
  const parts = { ...joinRooms(context, loaded, { storage, opened }), readiness };
  // Whatever writes has ended by then: all of it is sent.
  closers.push(() => parts.sender.close());
  closers.push(() => parts.queryLog.close());
  closers.push(() => parts.queries.close());
  closers.push(() => parts.notifier.close());
  closers.push(() => parts.history.close());
  closers.push(() => parts.rules.close());
  closers.push(() => parts.scrape.close());
  closers.push(() => closeDiscovery(parts));
  const listener: HttpListener = await listenApi(context, parts);
  closers.push(() => listener.close());
  closers.push(() => {
    isStopping = true;
    parts.notifications.add(notificationTexts.stopping);
    parts.notifications.close();
  });
  whenOpened(opened, () => parts.notifications.remove(notificationTexts.starting));
  closers.push(watchBursts({ storage, opened }, context));
  await parts.reloader.start(loaded);
  closers.push(compactRegularly(storage.tsdb, context, parts.queries.retainBlocks));
  if (flags["config.auto-reload"]) parts.reloader.watch(flags["config.auto-reload-interval"]);
  return { urls: listener.urls, reload: () => parts.reloader.reload() };
}

/** Whoever awaits `opened` hears of its failure. */
function whenOpened(opened: Promise<void>, task: () => void): void {
  opened.then(task, () => undefined);
}

function watchBursts({ storage, opened }: Opening, { clock }: ServerContext): () => void {
  const { tsdb } = storage;
  let end: (() => void) | undefined = () => {};
  whenOpened(opened, () => {
    const seriesCreated = (): number => tsdb.stats().head.seriesCreated;
    if (end) end = collectAfterBursts({ clock, seriesCreated, collect: collectGarbage });
  });
  return () => {
    end?.();
    end = undefined;
  };
}

type Opening = { readonly storage: ServerStorage; readonly opened: Promise<void> };

function joinRooms(
  context: ServerContext,
  loaded: LoadedConfig,
  { storage, opened }: Opening,
): Omit<ServerParts, "readiness"> & DiscoveryParts {
  const { flags, logger, clock, registry } = context;
  const { tsdb } = storage;
  const remotes = newRemotes(context, tsdb);
  const { queries, queryLog } = newQueries(context, { tsdb, remotes, opened });
  const notifications = new Notifications({
    registry,
    now: () => clock.now(),
    subscribersMax: flags["web.max-notifications-subscribers"],
  });
  notifications.add(notificationTexts.starting);
  const notifier = new Notifier({
    registry,
    logger: logger.child({ component: "notifier" }),
    userAgent,
    queueAlertsMax: flags["alertmanager.notification-queue-capacity"],
    batchAlertsMax: flags["alertmanager.notification-batch-size"],
    drainsOnClose: flags["alertmanager.drain-notification-queue-on-shutdown"],
  });
  const history = newHistory(context, opened);
  const rules = newRuleManager(context, { tsdb, queries, notifier, history });
  const scrape = newScrapeManager(context, loaded.config, tsdb);
  const discoveryOf = discoveryOpener(context);
  const scrapeDiscovery = discoveryOf("scrape", (targets) => scrape.update(targets));
  const notifyDiscovery = discoveryOf("notify", (targets) => notifier.update(targets));
  const metrics = reloadMetrics(registry);
  const setStorage = (config: LoadedConfig["config"]): void => {
    tsdb.setRetention(retentionOf(flags, config));
    tsdb.setOutOfOrderTimeWindow(config.storage?.tsdb?.out_of_order_time_window ?? 0);
    tsdb.setChunkForm(chunkFormOf(context.features, config));
    tsdb.setExemplarsMax(exemplarsMaxOf(context, config));
    tsdb.setStaleSeriesThreshold(staleSeriesThresholdOf(config));
  };
  const walPath = join(flags["storage.tsdb.path"], "wal");
  const sender = openSender(context, { walPath, opened, scrape, intake: () => tsdb.intake() });
  const writers = { scrape, scrapeDiscovery, rules, notifier, notifyDiscovery, sender };
  const rooms = { setStorage, remotes, queryLog, opened, ...writers };
  const apply = async (next: LoadedConfig): Promise<void> => {
    await context.tracing.apply(next.config.tracing);
    await applyConfig(rooms, next);
  };
  const reloader = new Reloader(context.source, loaded, { apply, notifications, metrics, logger, clock });
  const others = { history, notifications, queryLog, scrapeDiscovery, notifyDiscovery };
  return { tsdb, storage, remotes, queries, scrape, sender, rules, notifier, reloader, ...others };
}

function newHistory({ flags, logger, registry }: ServerContext, opened: Promise<void>): AlertHistory {
  const history = new AlertHistory({
    fileSystem: nodeFileSystem,
    path: flags["storage.tsdb.path"],
    bytesMax: flags["rules.alert.history-size-max"],
    logger: logger.child({ component: "alert history" }),
  });
  whenOpened(opened, () => history.open());
  addHistoryMetrics(registry, history);
  return history;
}

type RuleNeighbours = Pick<ServerParts, "tsdb" | "queries" | "notifier" | "history">;

function newRuleManager(context: ServerContext, { tsdb, queries, notifier, history }: RuleNeighbours): RuleManager {
  const { flags, features, logger, clock, registry } = context;
  return new RuleManager({
    appendable: tsdb,
    queryable: tsdb,
    query: (expression, time, ruleGroup) => queries.rules.evaluate(expression, time, { ruleGroup }),
    send: (alerts) => notifier.send(alerts),
    record: (transitions) => history.record(transitions),
    clock,
    logger: logger.child({ component: "rule manager" }),
    tracing: context.tracing,
    metrics: createRuleMetrics(registry),
    externalUrl: context.externalUrl.href,
    slots: features.evaluatesConcurrently ? new Slots(flags["rules.max-concurrent-evals"]) : undefined,
    outageToleranceMs: flags["rules.alert.for-outage-tolerance"],
    gracePeriodMs: flags["rules.alert.for-grace-period"],
    resendDelayMs: flags["rules.alert.resend-delay"],
  });
}

type DiscoveryParts = { readonly scrapeDiscovery: DiscoveryManager; readonly notifyDiscovery: DiscoveryManager };

function closeDiscovery({ scrapeDiscovery, notifyDiscovery, reloader }: ServerParts & DiscoveryParts): void {
  reloader.close();
  scrapeDiscovery.close();
  notifyDiscovery.close();
}

function newRemotes({ flags, registry, clock }: ServerContext, tsdb: Tsdb): Remotes {
  // Prometheus: cmd/prometheus/main.go, readyStorage.StartTime: some time may pass until all targets are scraped.
  const margin = 2 * flags["storage.tsdb.min-block-duration"];
  return new Remotes({
    localStart: () => (tsdb.blocks()[0]?.minTime ?? Math.floor(clock.now() / 1000) * 1000) + margin,
    metricsOf: readMetrics(registry),
    stopwatchMs: () => performance.now(),
  });
}

type QuerySources = { readonly tsdb: Tsdb; readonly remotes: Remotes; readonly opened: Promise<void> };

function newQueries(
  context: ServerContext,
  { tsdb, remotes, opened }: QuerySources,
): { readonly queries: Queries; readonly queryLog: QueryLog } {
  const { flags, features, registry, logger, clock } = context;
  const metrics = queryMetrics(registry, () => ({
    running: queries.active.size,
    max: flags["query.max-concurrency"],
    isLogged: queryLog.isOpen,
  }));
  const queryLog = new QueryLog({ logger, now: () => clock.now(), onFailure: metrics.countLogFailure });
  const queries: Queries = openQueries({
    engine: {
      samplesMax: flags["query.max-samples"],
      timeoutMs: flags["query.timeout"],
      lookbackDeltaMs: flags["query.lookback-delta"],
      features: features.promql,
      delayedNameRemoval: features.delayedNameRemoval,
      useStartTimestamps: features.useStartTimestamps,
      typeAndUnitLabels: features.addsTypeAndUnit,
    },
    tsdb,
    remotes,
    opened,
    path: flags["storage.tsdb.path"],
    beforeThread: context.beforeThread,
    queriesMax: flags["query.max-concurrency"],
    threadsPerQuery: flags["query.threads-per-query"],
    timeoutMs: flags["query.timeout"],
    logger: logger.child({ component: "query engine" }),
    // Evaluation takes real time, whatever time the server lives in.
    clock: systemClock,
    onEnd: (query) => {
      metrics.observe(query);
      queryLog.write(query);
      noteQuery(context.tracing, query);
    },
  });
  return { queries, queryLog };
}

function defaultExternalUrl(flags: ServerFlags): URL {
  const { port } = parseAddress(flags["web.listen-address"][0] ?? "0.0.0.0:9090");
  return new URL(`http://${hostname()}:${port}/`);
}
