// Alerts on their way out, in the form that Alertmanager's API takes.
import { type Labels, labelsToRecord } from "@narthex/model";
import type { Alert } from "./alert.js";

export type OutgoingAlert = {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly generatorUrl: string;
};

/** Takes alerts without waiting; queues and retries are its own affair. */
export type AlertSink = (alerts: readonly OutgoingAlert[]) => void;

export function outgoingAlert(
  alert: Alert,
  source: { readonly query: string; readonly externalUrl: string },
): OutgoingAlert {
  return {
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: alert.firedAt,
    endsAt: alert.resolvedAt > 0 && alert.state === "inactive" ? alert.resolvedAt : alert.validUntil,
    generatorUrl: graphUrl(source.externalUrl, source.query),
  };
}

/** Where a person sees the expression. */
export function graphUrl(externalUrl: string, query: string): string {
  const parameters = new URLSearchParams({ "g0.expr": query, "g0.tab": "1" });
  return `${externalUrl.replace(/\/+$/, "")}/graph?${parameters.toString()}`;
}

/** Body element of POST /api/v2/alerts. */
export function printOutgoingAlert(alert: OutgoingAlert): object {
  return {
    annotations: labelsToRecord(alert.annotations),
    endsAt: new Date(alert.endsAt).toISOString(),
    startsAt: new Date(alert.startsAt).toISOString(),
    generatorURL: alert.generatorUrl,
    labels: labelsToRecord(alert.labels),
  };
}
