// A whole Alertmanager below the API in simulated time, its receivers replaced by a list of what they were told.
import { Registry } from "@narthex/client";
import { createLogger } from "@narthex/service";
import { randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import type { Alert } from "../alerts/alert.js";
import { AlertStore } from "../alerts/store.js";
import { type Config, parseConfig } from "../config/config.js";
import { Dispatcher } from "../dispatch/dispatcher.js";
import { Inhibitor } from "../inhibit/inhibitor.js";
import { matcherParserFrom } from "../matchers/parse.js";
import { notifyMetrics } from "../metrics.js";
import { openNotificationLog } from "../nflog/open.js";
import type { HashBytes } from "../notify/dedup.js";
import { loadHash } from "../notify/hash.js";
import { type Notification, NotifyError } from "../notify/notification.js";
import { type Integration, Pipeline } from "../notify/pipeline.js";
import { intervalsByName } from "../notify/time-mute.js";
import { routeTreeFrom } from "../route/tree.js";
import { openSilences } from "../silence/open.js";
import type { SilenceStore } from "../silence/store.js";
import { alertFrom } from "./alerts.js";

const second = 1000;

export interface SimulatedRequest {
  readonly config: string;
  /** Seconds since 1970 at the beginning. */
  readonly start?: number;
  /** Answers of receivers, in the order of calls; further ones are accepted. */
  readonly failures?: ("retry" | "final")[];
}

export interface Simulated {
  readonly clock: SimClock;
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  /** "<second> <receiver>: <alerts> (<reason>)", resolved alerts with a "-" before them. */
  readonly told: string[];
  /** An alert named `name`, reported now, that ends in `forSeconds`. */
  report(name: string, forSeconds: number, labels?: Record<string, string>): void;
  advance(seconds: number): Promise<void>;
  /** The process is killed and starts again on the same files; alerts are gone. */
  restart(): Promise<void>;
}

const logger = createLogger({ level: "error", format: "logfmt", write: () => undefined });

export async function simulate(request: SimulatedRequest): Promise<Simulated> {
  const parseMatchers = matcherParserFrom("fallback", () => undefined);
  const config = parseConfig({ file: "am.yml", text: request.config, parseMatchers });
  const clock = new SimClock((request.start ?? 0) * second);
  const fileSystem = new SimFileSystem();
  fileSystem.makeFolder("/data");
  const told: string[] = [];
  const notifierOf = recorder({ clock, told, failures: [...(request.failures ?? [])] });
  const world: World = { config, clock, fileSystem, notifierOf, hash: await loadHash() };
  let running = open(world);
  return {
    clock,
    told,
    get alerts() {
      return running.alerts;
    },
    get silences() {
      return running.silences;
    },
    report(name, forSeconds, labels = {}) {
      const now = clock.now();
      const endsAt = now + forSeconds * second;
      const alert: Alert = alertFrom({ alertname: name, ...labels }, { startsAt: now, endsAt, updatedAt: now });
      running.alerts.put([alert]);
    },
    advance: (seconds) => clock.advance(seconds * second),
    async restart() {
      await running.dispatcher.close();
      fileSystem.crash();
      running = open(world);
    },
  };
}

type NotifierOf = (receiver: string) => Integration["notifier"];

interface Recording {
  readonly clock: SimClock;
  readonly told: string[];
  readonly failures: ("retry" | "final")[];
}

function recorder({ clock, told, failures }: Recording): NotifierOf {
  const start = clock.now();
  return (receiver) => ({
    async notify(notification) {
      const failure = failures.shift();
      const at = (clock.now() - start) / second;
      told.push(`${at} ${receiver}: ${failure ? `${failure} ` : ""}${printNotification(notification)}`);
      if (failure) throw new NotifyError(failure, { isRetryable: failure === "retry", reason: "serverError" });
      return {};
    },
    close: () => undefined,
  });
}

interface World {
  readonly config: Config;
  readonly clock: SimClock;
  readonly fileSystem: SimFileSystem;
  readonly notifierOf: NotifierOf;
  readonly hash: HashBytes;
}

interface Running {
  readonly alerts: AlertStore;
  readonly silences: SilenceStore;
  readonly dispatcher: Dispatcher;
}

function open({ config, clock, fileSystem, notifierOf, hash }: World): Running {
  const place = { fileSystem, folder: "/data", clock, retentionMs: 120 * 3600 * second };
  const limits = { silencesMax: 0, silenceBytesMax: 0, newId: () => `id-${clock.now()}` };
  const { silences } = openSilences({ ...place, ...limits });
  const { log } = openNotificationLog({ ...place, onError: () => undefined });
  const alerts = new AlertStore({ clock, alertsMax: 1000, alertsPerNameMax: 0, onLimited: () => undefined });
  const inhibitor = new Inhibitor(config.inhibitRules);
  const pipeline = new Pipeline({
    inhibitor,
    silences,
    log,
    clock,
    hash,
    logger,
    intervals: intervalsByName(config),
    integrations: integrationsOf(config, notifierOf),
    renderer: { text: (template) => template, html: (template) => template },
    externalUrl: "",
    random: randomFrom(1),
    metrics: notifyMetrics(new Registry({ clock }), []),
  });
  const dispatcher = new Dispatcher({
    route: routeTreeFrom(config.route),
    clock,
    flush: (flush) => pipeline.flush(flush),
    maintenanceMs: 30 * second,
    groupsMax: 100,
    onGroupLimit: () => undefined,
  });
  alerts.subscribe((alert) => inhibitor.learn(alert));
  alerts.subscribe((alert) => dispatcher.dispatch(alert));
  return { alerts, silences, dispatcher };
}

function integrationsOf(config: Config, notifierOf: NotifierOf): Map<string, Integration[]> {
  return new Map(
    config.receivers.map(({ name, labels }) => {
      const key = { groupName: name, integration: "webhook", index: 0 };
      const sendResolved = labels["send_resolved"] !== "no";
      return [name, [{ key, sendResolved, notifier: notifierOf(name) }]];
    }),
  );
}

function printNotification(notification: Notification): string {
  const names = notification.alerts.map(({ alert, isFiring }) => {
    const values = alert.labels.filter((_, i) => i % 2 === 1);
    return `${isFiring ? "" : "-"}${values.join("/")}`;
  });
  return `${names.join(" ")} (${notification.reason})`;
}
