// The alerts that wait for one Alertmanager: bounded, the oldest give way, sent in batches one after the other.
// Comes from: notify/notifier. Goes to: the Alertmanager's /api/v2/alerts.
import { errorText, type Logger } from "@narthex/service";
import { type OutgoingAlert, printOutgoingAlert } from "../rules/sending.js";
import type { NotifyMetrics } from "./metrics.js";
import type { AlertClient } from "./signed-client.js";

export type QueueOptions = {
  /** Where alerts are posted to. */
  readonly url: string;
  readonly client: AlertClient;
  readonly timeoutMs: number;
  readonly alertsMax: number;
  readonly batchMax: number;
  readonly metrics: NotifyMetrics;
  readonly logger: Logger;
};

const replyBytesMax = 64 * 1024;

export class AlertQueue {
  readonly #options: QueueOptions;
  #waiting: OutgoingAlert[] = [];
  #sending: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    const { metrics, url } = options;
    // There from the start: what an increase shows must not begin with the first failure.
    for (const counter of [metrics.sent, metrics.errors, metrics.dropped]) counter.inc({ alertmanager: url }, 0);
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Returns at once; sending goes on in the background. */
  add(alerts: readonly OutgoingAlert[]): void {
    const { alertsMax, metrics, logger, url } = this.#options;
    this.#waiting.push(...alerts);
    const excess = this.#waiting.length - alertsMax;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      metrics.dropped.inc({ alertmanager: url }, excess);
      logger.warn({ alertmanager: url, numDropped: excess }, "Alert notification queue full, dropping alerts");
    }
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  /** Drops what waits; a request under way ends by itself. */
  clear(): void {
    this.#waiting = [];
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#sendBatch(this.#waiting.splice(0, this.#options.batchMax));
  }

  async #sendBatch(batch: readonly OutgoingAlert[]): Promise<void> {
    const { url, client, timeoutMs, metrics, logger } = this.#options;
    const started = performance.now();
    metrics.sent.inc({ alertmanager: url }, batch.length);
    try {
      const body = JSON.stringify(batch.map(printOutgoingAlert));
      const headers = { "content-type": "application/json" };
      const { status } = await client.request({
        method: "POST",
        url,
        headers,
        body,
        timeoutMs,
        bodyBytesMax: replyBytesMax,
      });
      if (status < 200 || status > 299) throw new Error(`bad response status ${status}`);
    } catch (error) {
      metrics.errors.inc({ alertmanager: url }, batch.length);
      metrics.dropped.inc({ alertmanager: url }, batch.length);
      logger.error({ alertmanager: url, count: batch.length, err: errorText(error) }, "Error sending alerts");
    } finally {
      metrics.latency.observe({ alertmanager: url }, (performance.now() - started) / 1000);
    }
  }
}
