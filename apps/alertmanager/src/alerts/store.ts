// The alerts Alertmanager knows of, by fingerprint. Comes from: api. Goes to: dispatch and inhibit, as they arrive; api.
// Nothing of it is on disk: Prometheus sends firing alerts again and again.
import { type Labels, labelValue } from "@narthex/model";
import type { Clock } from "@narthex/stdx";
import { type Alert, isResolved, mergeAlerts, overlap } from "./alert.js";

export interface AlertStoreOptions {
  readonly clock: Clock;
  /** Alerts of all names together; beyond it new ones are refused. */
  readonly alertsMax: number;
  /** Alerts of one alertname; 0 is no limit. */
  readonly alertsPerNameMax: number;
  /** Hears of each alert that a limit refused. */
  readonly onLimited: (alertName: string) => void;
}

export type AlertListener = (alert: Alert) => void;

export class AlertStore {
  readonly #options: AlertStoreOptions;
  readonly #byFingerprint = new Map<string, Alert>();
  readonly #countByName = new Map<string, number>();
  readonly #listeners = new Set<AlertListener>();

  constructor(options: AlertStoreOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byFingerprint.size;
  }

  put(alerts: Iterable<Alert>): void {
    for (const alert of alerts) this.#putOne(alert);
  }

  find(fingerprint: string): Alert | undefined {
    return this.#byFingerprint.get(fingerprint);
  }

  all(): IterableIterator<Alert> {
    return this.#byFingerprint.values();
  }

  /** Calls `listener` with every alert there is, then with every one that comes. Returns a function that ends it. */
  subscribe(listener: AlertListener): () => void {
    for (const alert of this.#byFingerprint.values()) listener(alert);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets resolved alerts; returns them. */
  collectGarbage(): Alert[] {
    const now = this.#options.clock.now();
    const resolved = [...this.#byFingerprint.values()].filter((alert) => isResolved(alert, now));
    for (const alert of resolved) {
      this.#byFingerprint.delete(alert.fingerprint);
      this.#count(alert.labels, -1);
    }
    return resolved;
  }

  #putOne(received: Alert): void {
    const old = this.#byFingerprint.get(received.fingerprint);
    if (!old && !this.#hasRoom(received.labels)) {
      this.#options.onLimited(alertName(received.labels));
      return;
    }
    const alert = old && overlap(old, received) ? mergeAlerts(old, received, this.#options.clock.now()) : received;
    this.#byFingerprint.set(alert.fingerprint, alert);
    if (!old) this.#count(alert.labels, 1);
    for (const listener of this.#listeners) listener(alert);
  }

  #hasRoom(labels: Labels): boolean {
    const { alertsMax, alertsPerNameMax } = this.#options;
    if (this.size >= alertsMax) return false;
    return alertsPerNameMax === 0 || (this.#countByName.get(alertName(labels)) ?? 0) < alertsPerNameMax;
  }

  #count(labels: Labels, change: number): void {
    const name = alertName(labels);
    const count = (this.#countByName.get(name) ?? 0) + change;
    if (count > 0) this.#countByName.set(name, count);
    else this.#countByName.delete(name);
  }
}

function alertName(labels: Labels): string {
  return labelValue(labels, "alertname");
}
