// What a person who looks at the UI must know now: a start, a failed reload, an end. Told when it begins and when it is over.
// Comes from: main, reloader. Goes to: api/notifications, at once to whoever listens.
import { Counter, Gauge, type Registry } from "@narthex/client";

export type Notification = {
  readonly text: string;
  /** ms. */
  readonly date: number;
  /** False when it is over. */
  readonly active: boolean;
};

export const notificationTexts = {
  starting: "Prometheus is starting and replaying the write-ahead log (WAL).",
  reloadFailed: "Configuration reload has failed.",
  stopping: "Prometheus is shutting down and gracefully stopping all operations.",
} as const;

export type NotificationsOptions = {
  readonly registry: Registry;
  /** ms. */
  readonly now: () => number;
  /** --web.max-notifications-subscribers */
  readonly subscribersMax: number;
};

/** Takes what is told; false when it cannot keep up and leaves it out. */
export type Subscriber = { readonly tell: (notification: Notification) => boolean; readonly end: () => void };

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #active = new Map<string, Notification>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #sent: Counter;
  readonly #dropped: Counter;

  constructor(options: NotificationsOptions) {
    this.#options = options;
    const registers = [options.registry];
    const subscribers = this.#subscribers;
    new Gauge({
      name: "prometheus_api_notification_active_subscribers",
      help: "The current number of active notification subscribers.",
      registers,
      collect() {
        this.set(subscribers.size);
      },
    });
    this.#sent = new Counter({
      name: "prometheus_api_notification_updates_sent_total",
      help: "Total number of notification updates sent.",
      registers,
    });
    this.#dropped = new Counter({
      name: "prometheus_api_notification_updates_dropped_total",
      help: "Total number of notification updates dropped.",
      registers,
    });
  }

  /** Once for each text, until `remove`. */
  add(text: string): void {
    if (this.#active.has(text)) return;
    const notification = { text, date: this.#options.now(), active: true };
    this.#active.set(text, notification);
    for (const subscriber of this.#subscribers) this.#tell(subscriber, notification);
  }

  remove(text: string): void {
    const notification = this.#active.get(text);
    if (!notification || !this.#active.delete(text)) return;
    for (const subscriber of this.#subscribers) this.#tell(subscriber, { ...notification, active: false });
  }

  list(): Notification[] {
    return [...this.#active.values()];
  }

  /** Tells what is active now and what follows; returns what ends that, or undefined when there are too many already. */
  subscribe(subscriber: Subscriber): (() => void) | undefined {
    if (this.#subscribers.size >= this.#options.subscribersMax) return undefined;
    this.#subscribers.add(subscriber);
    for (const notification of this.#active.values()) this.#tell(subscriber, notification);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Ends every subscription: an open stream would hold up the end of the server. */
  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
    this.#subscribers.clear();
  }

  #tell(subscriber: Subscriber, notification: Notification): void {
    (subscriber.tell(notification) ? this.#sent : this.#dropped).inc();
  }
}
