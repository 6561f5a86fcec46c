// An agent: opens and joins its rooms in the order data passes, and closes them the other way round.
// config → storage (replay) beside discovery and scrape → remote write. There are no rules, queries and notifications.
import { join } from "node:path";
import { collectDefaultMetrics } from "@narthex/client";
import { labelsFrom } from "@narthex/model";
import type { HttpListener } from "@narthex/service";
import type { Readiness } from "../api/respond.js";
import { applyScrapes } from "../apply.js";
import type { ServerContext } from "../context.js";
import { discoveryOpener } from "../discovery/open.js";
import { Notifications, notificationTexts } from "../notifications.js";
import { type LoadedConfig, Reloader } from "../reloader.js";
import { openSender } from "../remote/send/open.js";
import { newScrapeManager } from "../scrape/open.js";
import { addBuildInfo, addReadiness, reloadMetrics } from "../self-metrics.js";
import { addWaitingMetrics } from "../storage.js";
import { addAgentMetrics, agentMetrics } from "./metrics.js";
import type { AgentParts } from "./parts.js";
import { listenAgent } from "./routes.js";
import { type AgentStorage, openAgentStorage, outOfOrderTimeWindowOf, truncateRegularly } from "./storage.js";

export type StartedRooms = { readonly urls: readonly string[]; readonly reload: () => Promise<void> };

/** Every room that opened has its closer in `closers`, even where a later one fails. */
export async function startAgentRooms(
  context: ServerContext,
  loaded: LoadedConfig,
  closers: (() => unknown)[],
): Promise<StartedRooms> {
  const { flags, registry, clock } = context;
  closers.push(collectDefaultMetrics({ register: registry }));
  addBuildInfo(registry);
  const metrics = agentMetrics(registry);
  const opening = performance.now();
  const storage = openAgentStorage(context, loaded.config);
  const { store } = storage;
  const opened = store.opened.then(() => {
    metrics.replayDuration.set((performance.now() - opening) / 1000);
    addAgentMetrics(registry, store);
  });
  // Whoever starts later awaits it; until then nobody need hear of a failure.
  opened.catch(() => undefined);
  closers.push(() => store.close());
  addReadiness(registry, () => store.isReady);
  addWaitingMetrics(registry, store);
  let isStopping = false;
  const readiness = (): Readiness => (isStopping ? "stopping" : store.isReady ? "ready" : "starting");
  const notifications = new Notifications({
    registry,
    now: () => clock.now(),
    subscribersMax: flags["web.max-notifications-subscribers"],
  });
  notifications.add(notificationTexts.starting);
  const parts = { ...joinRooms(context, loaded, { storage, opened, notifications }), readiness };
  closers.push(() => parts.sender.close());
  closers.push(() => parts.scrape.close());
  closers.push(() => {
    parts.reloader.close();
    parts.scrapeDiscovery.close();
  });
  const listener: HttpListener = await listenAgent(context, parts);
  closers.push(() => listener.close());
  closers.push(() => {
    isStopping = true;
    notifications.add(notificationTexts.stopping);
    notifications.close();
  });
  opened.then(
    () => notifications.remove(notificationTexts.starting),
    () => undefined,
  );
  await parts.reloader.start(loaded);
  closers.push(truncateRegularly(store, { context, metrics, lowestSentTime: () => parts.sender.lowestSentTime() }));
  if (flags["config.auto-reload"]) parts.reloader.watch(flags["config.auto-reload-interval"]);
  return { urls: listener.urls, reload: () => parts.reloader.reload() };
}

type Joined = {
  readonly storage: AgentStorage;
  readonly opened: Promise<void>;
  readonly notifications: Notifications;
};

function joinRooms(
  context: ServerContext,
  loaded: LoadedConfig,
  { storage, opened, notifications }: Joined,
): Omit<AgentParts, "readiness"> {
  const { flags, logger, clock, registry, source } = context;
  const { store } = storage;
  const scrape = newScrapeManager(context, loaded.config, store);
  const scrapeDiscovery = discoveryOpener(context)("scrape", (targets) => scrape.update(targets));
  const walPath = join(flags["storage.agent.path"], "wal");
  const sender = openSender(context, { walPath, opened, scrape, intake: () => store.intake() });
  const apply = async ({ config }: LoadedConfig): Promise<void> => {
    await context.tracing.apply(config.tracing);
    store.setOutOfOrderTimeWindow(outOfOrderTimeWindowOf(config));
    applyScrapes({ scrape, scrapeDiscovery }, config);
    await opened;
    const externalLabels = labelsFrom(config.global.external_labels);
    await sender.apply({ remotes: config.remote_write, externalLabels });
  };
  const metrics = reloadMetrics(registry);
  const reloader = new Reloader(source, loaded, { apply, notifications, metrics, logger, clock });
  return { storage, scrape, scrapeDiscovery, sender, reloader, notifications };
}
