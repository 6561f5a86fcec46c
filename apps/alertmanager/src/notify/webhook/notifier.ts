// Sends the whole notification as JSON, version "4" of the format, to any URL.
import type { NotificationData } from "@narthex/template";
import { notificationData, printTimeGo } from "../data.js";
import type { NotifierTools } from "../kind.js";
import type { Notification, Notifier } from "../notification.js";
import { post, readSecret } from "../post.js";
import type { WebhookConfig } from "./config.js";

export function webhookNotifier(config: WebhookConfig, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      await post(client, {
        url: tools.renderer.text(readSecret(config.url, config.url_file), data),
        body: webhookBody(notification, data, config.max_alerts),
        signal: notification.signal,
        ...(config.timeout ? { timeoutMs: config.timeout } : {}),
      });
      return {};
    },
    close: () => client.close(),
  };
}

function webhookBody(notification: Notification, data: NotificationData, alertsMax: number): string {
  const sent = alertsMax > 0 ? data.alerts.slice(0, alertsMax) : data.alerts;
  return JSON.stringify({
    receiver: data.receiver,
    status: data.status,
    alerts: sent.map((alert) => ({
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: printTimeGo(alert.startsAtMs),
      endsAt: printTimeGo(alert.endsAtMs),
      generatorURL: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    groupLabels: data.groupLabels,
    commonLabels: data.commonLabels,
    commonAnnotations: data.commonAnnotations,
    routeLabels: data.routeLabels,
    externalURL: data.externalUrl,
    notification_reason: data.notificationReason,
    version: "4",
    groupKey: notification.groupKey,
    truncatedAlerts: data.alerts.length - sent.length,
  });
}
