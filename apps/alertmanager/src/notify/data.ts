// A notification as templates and the webhook's JSON see it. Comes from: integrations. Goes to: render, webhook.

import { type Labels, labelsToRecord } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import type { NotificationAlert, NotificationData } from "@narthex/template";
import type { Notification, NotifiedAlert } from "./notification.js";

export function notificationData(notification: Notification, externalUrl: string): NotificationData {
  const { alerts } = notification;
  return {
    // Quoted, so that links may filter by it.
    receiver: quotePattern(notification.receiver),
    status: alerts.some((notified) => notified.isFiring) ? "firing" : "resolved",
    alerts: alerts.map(alertData),
    groupLabels: labelsToRecord(notification.groupLabels),
    commonLabels: commonPairs(alerts.map(({ alert }) => labelsToRecord(alert.labels as Labels))),
    commonAnnotations: commonPairs(alerts.map(({ alert }) => alert.annotations)),
    routeLabels: notification.routeLabels,
    externalUrl,
    notificationReason: notification.reason,
  };
}

function alertData({ alert, isFiring }: NotifiedAlert): NotificationAlert {
  return {
    status: isFiring ? "firing" : "resolved",
    labels: labelsToRecord(alert.labels),
    annotations: alert.annotations,
    startsAtMs: alert.startsAt,
    endsAtMs: isFiring ? undefined : alert.endsAt,
    generatorUrl: alert.generatorURL,
    fingerprint: alert.fingerprint,
  };
}

function commonPairs(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...others] = records;
  const common = Object.entries(first)
    .filter(([name, value]) => others.every((record) => Object.hasOwn(record, name) && record[name] === value))
    .sort(([a], [b]) => compareUtf8(a, b));
  return Object.fromEntries(common);
}

// As Go's regexp.QuoteMeta.
function quotePattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** As Go prints times in JSON: no trailing zeros; undefined is Go's zero time. */
export function printTimeGo(t: number | undefined): string {
  if (t === undefined) return "0001-01-01T00:00:00Z";
  return new Date(t).toISOString().replace(/\.?0*Z$/, "Z");
}
