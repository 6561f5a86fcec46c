// Everything that follows from one config: routes, inhibition rules, receivers, the timers of aggregation groups.
// A reload builds the next generation whole, then closes the last one; alerts, silences and the notification log live
// on outside, so nothing is lost and nothing is told twice.

import { createHttpClient, type Logger } from "@narthex/service";
import type { Clock, Random } from "@narthex/stdx";
import type { AlertStore } from "./alerts/store.js";
import type { Config } from "./config/config.js";
import { printConfig } from "./config/print.js";
import type { ReceiverConfig } from "./config/receiver.js";
import { Dispatcher } from "./dispatch/dispatcher.js";
import { Inhibitor } from "./inhibit/inhibitor.js";
import type { NotifyMetrics } from "./metrics.js";
import type { NotificationLog } from "./nflog/log.js";
import type { HashBytes } from "./notify/dedup.js";
import type { NotifierTools } from "./notify/kind.js";
import { type Integration, Pipeline } from "./notify/pipeline.js";
import { rendererFrom } from "./notify/renderer.js";
import { type IntervalsByName, intervalsByName } from "./notify/time-mute.js";
import { allRoutes, type Route, routeTreeFrom } from "./route/tree.js";
import type { SilenceStore } from "./silence/store.js";
import { version } from "./version.js";

/** What outlives a generation. */
export interface GenerationTools {
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  readonly log: NotificationLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: HashBytes;
  readonly externalUrl: string;
  readonly metrics: NotifyMetrics;
  readonly logger: Logger;
  readonly onGroupLimit: () => void;
  readonly dispatchMaintenanceMs: number;
}

/** Aggregation groups together. */
const groupsMax = 100_000;

export class Generation {
  readonly route: Route;
  readonly inhibitor: Inhibitor;
  readonly dispatcher: Dispatcher;
  readonly intervals: IntervalsByName;
  readonly receivers: ReadonlyMap<string, ReceiverConfig>;
  readonly integrationCount: number;
  readonly inhibitRuleCount: number;
  readonly printedConfig: string;
  readonly resolveTimeoutMs: number;
  readonly #tools: GenerationTools;
  readonly #pipeline: Pipeline;
  readonly #ends: (() => void)[] = [];

  /** Throws where a template file does not parse; nothing runs before `start`. */
  constructor(config: Config, tools: GenerationTools) {
    const { silences, log, clock, random, hash, externalUrl, metrics, logger } = tools;
    this.#tools = tools;
    this.route = routeTreeFrom(config.route);
    this.inhibitor = new Inhibitor(config.inhibitRules);
    this.intervals = intervalsByName(config);
    this.receivers = new Map(config.receivers.map((receiver) => [receiver.name, receiver]));
    this.inhibitRuleCount = config.inhibitRules.length;
    this.printedConfig = printConfig(config);
    this.resolveTimeoutMs = config.global.resolve_timeout;
    const renderer = rendererFrom(config.templates, { clock });
    const integrations = this.#buildIntegrations({ renderer, externalUrl, clock, createClient });
    this.integrationCount = [...integrations.values()].reduce((sum, list) => sum + list.length, 0);
    const { inhibitor, intervals } = this;
    this.#pipeline = new Pipeline({
      inhibitor,
      silences,
      log,
      intervals,
      integrations,
      renderer,
      externalUrl,
      hash,
      clock,
      random,
      metrics,
      logger,
    });
    this.dispatcher = new Dispatcher({
      route: this.route,
      clock,
      flush: (flush) => this.#pipeline.flush(flush),
      maintenanceMs: tools.dispatchMaintenanceMs,
      groupsMax,
      onGroupLimit: tools.onGroupLimit,
    });
  }

  /** Begins to notify, after `delayMs`. */
  start(delayMs: number): void {
    const { alerts, clock } = this.#tools;
    // Inhibition learns of an alert before dispatch sees it.
    this.#ends.push(alerts.subscribe((alert) => this.inhibitor.learn(alert)));
    const dispatch = (): void => {
      this.#ends.push(alerts.subscribe((alert) => this.dispatcher.dispatch(alert)));
    };
    if (delayMs > 0) this.#ends.push(clock.after(delayMs, dispatch));
    else dispatch();
  }

  /** Resolves when nothing is being sent any more. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    await this.dispatcher.close();
    this.#pipeline.close();
  }

  // Receivers that no route leads to are not built.
  #buildIntegrations(tools: NotifierTools): Map<string, readonly Integration[]> {
    const built = new Map<string, readonly Integration[]>();
    for (const { receiver: name } of allRoutes(this.route)) {
      const receiver = this.receivers.get(name);
      if (receiver && !built.has(name)) built.set(name, buildReceiver(receiver, tools));
    }
    return built;
  }
}

function buildReceiver(receiver: ReceiverConfig, tools: NotifierTools): Integration[] {
  const counts = new Map<string, number>();
  return receiver.integrations.map(({ kind, sendResolved, build }) => {
    const index = counts.get(kind) ?? 0;
    counts.set(kind, index + 1);
    const key = { groupName: receiver.name, integration: kind, index };
    return { key, sendResolved, notifier: build(tools) };
  });
}

const createClient: NotifierTools["createClient"] = (config) =>
  createHttpClient(config, { userAgent: `Alertmanager/${version}` });
