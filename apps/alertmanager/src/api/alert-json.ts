// An alert as the API shows it. Its status is worked out when it is asked for, so a new silence shows at once.
import { type Labels, labelsToRecord } from "@narthex/model";
import type { Alert } from "../alerts/alert.js";
import { matchingRoutes } from "../route/tree.js";
import type { ApiContext } from "./context.js";

export interface AlertStatus {
  readonly state: "active" | "suppressed" | "unprocessed";
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  /** Time intervals that mute the alert's group. */
  readonly mutedBy: readonly string[];
}

export function alertStatus(
  context: Pick<ApiContext, "clock" | "generation" | "silences">,
  labels: Labels,
): AlertStatus {
  const silencedBy = context.silences.silencing(labels);
  const inhibitedBy = context.generation().inhibitor.inhibiting(labels, context.clock.now());
  const state = silencedBy.length + inhibitedBy.length > 0 ? "suppressed" : "active";
  return { state, silencedBy, inhibitedBy, mutedBy: [] };
}

/** Names of the receivers an alert goes to, as often as routes lead to them. */
export function receiversOf(context: ApiContext, alert: Alert): string[] {
  return matchingRoutes(context.generation().route, alert.labels).map((route) => route.receiver);
}

export function alertJson(alert: Alert, status: AlertStatus, receivers: readonly string[]): Record<string, unknown> {
  return {
    annotations: alert.annotations,
    endsAt: printTime(alert.endsAt),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: printTime(alert.startsAt),
    status,
    updatedAt: printTime(alert.updatedAt),
    generatorURL: alert.generatorURL,
    labels: labelsToRecord(alert.labels),
  };
}

/** "2006-01-02T15:04:05.000Z" */
export function printTime(t: number): string {
  return new Date(t).toISOString();
}
