// An alert as Alertmanager holds it. Its identity is its labels; firing or resolved follows from `endsAt` and the time.

import { hasLabel, type Labels, labelValue } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";

/** Times in milliseconds since 1970. */
export interface Alert {
  readonly labels: Labels;
  /** Sorted by name; unlike labels, values may be empty. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly generatorURL: string;
  readonly startsAt: number;
  readonly endsAt: number;
  /** When this state of the alert was received. */
  readonly updatedAt: number;
  /** `endsAt` was not sent but follows from resolve_timeout. */
  readonly isTimeout: boolean;
  readonly fingerprint: string;
}

export function isResolved(alert: Pick<Alert, "endsAt">, now: number): boolean {
  return alert.endsAt <= now;
}

/** One alert from two overlapping reports of it. */
export function mergeAlerts(a: Alert, b: Alert, now: number): Alert {
  const [older, younger] = b.updatedAt < a.updatedAt ? [b, a] : [a, b];
  const startsAt = Math.min(older.startsAt, younger.startsAt);
  return { ...younger, startsAt, endsAt: mergedEnd(older, younger, now) };
}

function mergedEnd(older: Alert, younger: Alert, now: number): number {
  const isOlderLater = older.endsAt > younger.endsAt;
  // Both over: the latest end that was told wins. Still firing: a told end that is later wins over a guessed one.
  const isOlderKept = isResolved(younger, now) ? isResolved(older, now) : !older.isTimeout;
  return isOlderLater && isOlderKept ? older.endsAt : younger.endsAt;
}

/** Whether the two reports are of one span of trouble. */
export function overlap(old: Alert, next: Alert): boolean {
  const within = (t: number): boolean => t > old.startsAt && t < old.endsAt;
  return within(next.endsAt) || within(next.startsAt);
}

/** By job, then instance, then all labels: the order in notifications and API groups. */
export function compareAlerts(a: Alert, b: Alert): number {
  for (const name of ["job", "instance"]) {
    const order = comparePresent(a.labels, b.labels, name);
    if (order !== 0) return order;
  }
  return compareLabelSets(a.labels, b.labels);
}

function comparePresent(a: Labels, b: Labels, name: string): number {
  const presence = Number(hasLabel(b, name)) - Number(hasLabel(a, name));
  return presence || compareUtf8(labelValue(a, name), labelValue(b, name));
}

/** Fewer labels first, then name by name: the order of Prometheus' LabelSet.Before. */
export function compareLabelSets(a: Labels, b: Labels): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i += 2) {
    const [aName, bName] = [a[i] as string, b[i] as string];
    // The set that lacks the smaller of the two names comes first.
    if (aName !== bName) return -compareUtf8(aName, bName);
    const order = compareUtf8(a[i + 1] as string, b[i + 1] as string);
    if (order !== 0) return order;
  }
  return 0;
}
