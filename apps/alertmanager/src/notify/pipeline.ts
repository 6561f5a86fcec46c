// The way of a flush to its receivers: inhibition, active and mute times, silences take alerts out; then, for each
// integration of the receiver on its own, the notification log says whether there is news, and the news is sent.
// Comes from: dispatch. Goes to: integrations, nflog.

import { errorText, type Logger } from "@narthex/service";
import type { Clock, Random } from "@narthex/stdx";
import type { Inhibitor } from "../inhibit/inhibitor.js";
import type { NotifyMetrics, SuppressionReason } from "../metrics.js";
import type { ReceiverKey } from "../nflog/entry.js";
import type { NotificationLog } from "../nflog/log.js";
import type { SilenceStore } from "../silence/store.js";
import { notificationData } from "./data.js";
import { type HashBytes, hashAlerts, notificationReason } from "./dedup.js";
import type { Renderer } from "./kind.js";
import { type GroupFlush, type Notification, type NotifiedAlert, type Notifier, NotifyError } from "./notification.js";
import { notifyWithRetry } from "./retry.js";
import { type IntervalsByName, timeMute } from "./time-mute.js";

/** An integration of a receiver, built. */
export interface Integration {
  readonly key: ReceiverKey;
  readonly sendResolved: boolean;
  readonly notifier: Notifier;
}

export interface PipelineOptions {
  readonly inhibitor: Inhibitor;
  readonly silences: SilenceStore;
  readonly log: NotificationLog;
  readonly intervals: IntervalsByName;
  readonly integrations: ReadonlyMap<string, readonly Integration[]>;
  readonly renderer: Renderer;
  readonly externalUrl: string;
  readonly hash: HashBytes;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: NotifyMetrics;
  readonly logger: Logger;
}

export class Pipeline {
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** Whether every integration was told, or needed not be. */
  async flush(flush: GroupFlush): Promise<boolean> {
    const alerts = this.#unmuted(flush);
    if (alerts.length === 0) return true;
    const integrations = this.#options.integrations.get(flush.route.receiver) ?? [];
    const told = await Promise.all(integrations.map((integration) => this.#tell(integration, { ...flush, alerts })));
    return told.every((isTold) => isTold);
  }

  close(): void {
    for (const integrations of this.#options.integrations.values()) {
      for (const { notifier } of integrations) notifier.close();
    }
  }

  #unmuted(flush: GroupFlush): readonly NotifiedAlert[] {
    const { inhibitor, silences, intervals } = this.#options;
    const uninhibited = flush.alerts.filter(({ alert }) => inhibitor.inhibiting(alert.labels, flush.now).length === 0);
    this.#countSuppressed("inhibition", flush.alerts.length - uninhibited.length);
    const mute = timeMute(flush.route, intervals, flush.now);
    if (mute) {
      this.#countSuppressed(mute.reason, uninhibited.length);
      return [];
    }
    const unsilenced = uninhibited.filter(({ alert }) => silences.silencing(alert.labels).length === 0);
    this.#countSuppressed("silence", uninhibited.length - unsilenced.length);
    return unsilenced;
  }

  #countSuppressed(reason: SuppressionReason, count: number): void {
    if (count > 0) this.#options.metrics.suppressed.inc({ reason }, count);
  }

  // Does not reject: what goes wrong with one integration is its own failure.
  async #tell(integration: Integration, flush: GroupFlush): Promise<boolean> {
    const { metrics, logger } = this.#options;
    const { integration: kind, groupName, index } = integration.key;
    try {
      await this.#tellNews(integration, flush);
      return true;
    } catch (error) {
      const reason = error instanceof NotifyError ? error.reason : "other";
      metrics.notificationsFailed.inc({ integration: kind, reason });
      logger.error(
        { receiver: groupName, integration: `${kind}[${index}]`, aggrGroup: flush.groupKey, err: errorText(error) },
        "Notify for alerts failed",
      );
      return false;
    }
  }

  async #tellNews(integration: Integration, flush: GroupFlush): Promise<void> {
    const { log, hash } = this.#options;
    const { key, sendResolved } = integration;
    const hashes = hashAlerts(flush.alerts, hash);
    const entry = log.find(flush.groupKey, key);
    const { repeatIntervalMs } = flush.route;
    const reason = notificationReason({ entry, hashes, sendResolved, repeatIntervalMs, now: flush.now });
    if (!reason) return;
    const alerts = sendResolved ? flush.alerts : flush.alerts.filter(({ isFiring }) => isFiring);
    const told = entry?.receiverData ?? {};
    const receiverData =
      alerts.length === 0
        ? told
        : await this.#send(integration, { ...this.#notificationOf(flush), alerts, reason, receiverData: told });
    log.record({ groupKey: flush.groupKey, receiver: key, ...hashes, receiverData }, 2 * repeatIntervalMs);
  }

  #notificationOf(flush: GroupFlush): Notification {
    const { renderer, externalUrl } = this.#options;
    const { route, groupKey, groupLabels, alerts, now, signal } = flush;
    const plain: Notification = {
      receiver: route.receiver,
      groupKey,
      groupLabels,
      routeLabels: {},
      alerts,
      reason: "first notification",
      receiverData: {},
      now,
      signal,
    };
    const templates = Object.entries(route.labels);
    if (templates.length === 0) return plain;
    const data = notificationData(plain, externalUrl);
    const rendered = templates.map(([name, template]) => [name, renderer.text(template, data)]);
    return { ...plain, routeLabels: Object.fromEntries(rendered) };
  }

  async #send(integration: Integration, notification: Notification): Promise<Notification["receiverData"]> {
    const { metrics, clock, random } = this.#options;
    const { notifier, key } = integration;
    const kind = { integration: key.integration };
    const logger = this.#options.logger.child({
      receiver: key.groupName,
      integration: `${key.integration}[${key.index}]`,
      aggrGroup: notification.groupKey,
    });
    metrics.notifications.inc(kind);
    const attempts = {
      notifier,
      clock,
      random,
      onRetry: (error: NotifyError, attempt: number) =>
        logger.warn({ attempts: attempt, err: errorText(error) }, "Notify attempt failed, will retry later"),
      onAttempt: (seconds: number, isAccepted: boolean) => {
        metrics.requests.inc(kind);
        if (!isAccepted) metrics.requestsFailed.inc(kind);
        metrics.latency.observe(kind, seconds);
      },
    };
    const accepted = await notifyWithRetry(attempts, notification);
    const reason = notification.reason;
    logger.info({ attempts: accepted.attempts, alerts: notification.alerts.length, reason }, "Notify success");
    return accepted.receiverData;
  }
}
