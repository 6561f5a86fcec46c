// Alerts of one route with the same group labels, notified together. Waits group_wait for the first notification,
// then group_interval between flushes. A flush runs to its end before the next one starts.
import { type Labels, labelEntries, quote } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { type Alert, compareAlerts, isResolved } from "../alerts/alert.js";
import type { GroupFlush } from "../notify/notification.js";
import type { Route } from "../route/tree.js";

/** Resolves to whether every integration was told, or needed not be. Never rejects. */
export type FlushTask = (flush: GroupFlush) => Promise<boolean>;

export interface AggregationGroupOptions {
  readonly route: Route;
  readonly labels: Labels;
  readonly clock: Clock;
  readonly flush: FlushTask;
}

/** A flush may take at least this long, however short the group interval. */
const flushMsMin = 10_000;

export class AggregationGroup {
  readonly route: Route;
  readonly labels: Labels;
  readonly key: string;
  readonly #clock: Clock;
  readonly #flushTask: FlushTask;
  readonly #alerts = new Map<string, Alert>();
  readonly #closing = new AbortController();
  #cancelTimer: () => void = () => undefined;
  #hasFlushed = false;
  #isFlushing = false;
  #running: Promise<void> = Promise.resolve();
  // The timer fired while a flush was under way.
  #isDue = false;

  constructor(options: AggregationGroupOptions) {
    this.route = options.route;
    this.labels = options.labels;
    this.key = groupKey(options.route, options.labels);
    this.#clock = options.clock;
    this.#flushTask = options.flush;
    this.#wait(this.route.groupWaitMs);
  }

  get isEmpty(): boolean {
    return this.#alerts.size === 0 && !this.#isFlushing;
  }

  alerts(): Alert[] {
    return [...this.#alerts.values()].sort(compareAlerts);
  }

  insert(alert: Alert): void {
    this.#alerts.set(alert.fingerprint, alert);
    // The alert has waited elsewhere, such as before a restart.
    if (!this.#hasFlushed && alert.startsAt + this.route.groupWaitMs < this.#clock.now()) this.#wait(0);
  }

  /** No flush starts after it, and the one under way is aborted; resolves when that has ended. */
  async close(): Promise<void> {
    this.#cancelTimer();
    this.#closing.abort();
    await this.#running;
  }

  #wait(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#tick());
  }

  #tick(): void {
    // Set before the flush, so that a slow one does not shift the rhythm.
    this.#wait(this.route.groupIntervalMs);
    this.#hasFlushed = true;
    if (this.#isFlushing) this.#isDue = true;
    else this.#running = this.#flushWhileDue();
  }

  async #flushWhileDue(): Promise<void> {
    this.#isFlushing = true;
    try {
      do {
        this.#isDue = false;
        await this.#flush();
      } while (this.#isDue && !this.#closing.signal.aborted);
    } finally {
      this.#isFlushing = false;
    }
  }

  async #flush(): Promise<void> {
    if (this.#alerts.size === 0) return;
    const now = this.#clock.now();
    const alerts = this.alerts().map((alert) => ({ alert, isFiring: !isResolved(alert, now) }));
    const deadline = new AbortController();
    const cancel = this.#clock.after(Math.max(this.route.groupIntervalMs, flushMsMin), () => deadline.abort());
    const signal = AbortSignal.any([deadline.signal, this.#closing.signal]);
    const { route, key, labels: groupLabels } = this;
    const isTold = await this.#flushTask({ route, groupKey: key, groupLabels, alerts, now, signal });
    cancel();
    if (!isTold) return;
    for (const { alert, isFiring } of alerts) {
      // A report that came during the flush is not told yet.
      if (!isFiring && this.#alerts.get(alert.fingerprint) === alert) this.#alerts.delete(alert.fingerprint);
    }
  }
}

/** What peers and the notification log know the group by. */
function groupKey(route: Route, labels: Labels): string {
  const pairs = [...labelEntries(labels)].map(([name, value]) => `${name}=${quote(value)}`);
  return `${route.key}:{${pairs.join(", ")}}`;
}
