// One alert: an alerting rule's finding about one label set, and how it moves between its states.
import type { Histogram, Labels } from "@narthex/model";

export type AlertState = "inactive" | "pending" | "firing";

export type Alert = {
  readonly labels: Labels;
  annotations: Labels;
  state: AlertState;
  value: number;
  h: Histogram | undefined;
  /** Times in ms; 0 for never. */
  activeAt: number;
  firedAt: number;
  resolvedAt: number;
  lastSentAt: number;
  keepFiringSince: number;
  /** Until when a receiver may hold the alert for firing if it hears no more. */
  validUntil: number;
};

/** One change of state. */
export type AlertMove = {
  /** As it was then. */
  readonly alert: Alert;
  readonly from: AlertState;
  readonly to: AlertState;
};

/** What an evaluation says of an alert that is already known. */
export type AlertEvent =
  /** The expression still gives it. */
  | "present"
  /** Present, and has been for as long as `for` asks. */
  | "held"
  /** The expression no longer gives it. */
  | "absent"
  /** Absent, but keep_firing_for has not run out. */
  | "kept";

const next: Record<AlertState, Record<AlertEvent, AlertState>> = {
  inactive: { present: "pending", held: "firing", absent: "inactive", kept: "inactive" },
  pending: { present: "pending", held: "firing", absent: "inactive", kept: "inactive" },
  firing: { present: "firing", held: "firing", absent: "inactive", kept: "firing" },
};

/** Moves the alert on. Resolving and firing leave their times. */
export function advance(alert: Alert, event: AlertEvent, time: number): void {
  const state = next[alert.state][event];
  if (state === "firing" && alert.state !== "firing") alert.firedAt = time;
  if (state === "inactive" && alert.state !== "inactive") alert.resolvedAt = time;
  alert.state = state;
}

/** Whether the Alertmanager should hear of it now: when it has resolved, and again and again while it fires. */
export function needsSending(alert: Alert, time: number, resendDelayMs: number): boolean {
  if (alert.state === "pending") return false;
  if (alert.resolvedAt > alert.lastSentAt) return true;
  return alert.lastSentAt + resendDelayMs < time;
}

/** After the clock was set back to `time`: nothing is later than that, and all counts as not told. */
export function turnBack(alert: Alert, time: number): void {
  alert.activeAt = Math.min(alert.activeAt, time);
  alert.firedAt = Math.min(alert.firedAt, time);
  alert.resolvedAt = Math.min(alert.resolvedAt, time);
  alert.keepFiringSince = Math.min(alert.keepFiringSince, time);
  alert.lastSentAt = 0;
}
