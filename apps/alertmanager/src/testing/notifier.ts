// Builds one integration from a piece of config, and a notification for it to send.

import { labelsFrom } from "@narthex/model";
import { createHttpClient } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import { parseConfig } from "../config/config.js";
import { matcherParserFrom } from "../matchers/parse.js";
import type { Notification, Notifier } from "../notify/notification.js";
import { rendererFrom } from "../notify/renderer.js";
import { alertFrom } from "./alerts.js";

/** `list` is YAML such as `webhook_configs: [{url: …}]`; `top` goes before `route`. */
export function notifierFrom(list: string, top = ""): Notifier {
  const text = `${top}\nroute: {receiver: team}\nreceivers:\n- name: team\n  ${list.replaceAll("\n", "\n  ")}\n`;
  const parseMatchers = matcherParserFrom("fallback", () => undefined);
  const config = parseConfig({ file: "/am.yml", text, parseMatchers });
  const clock = new SimClock(Date.UTC(2024, 4, 6));
  const [integration] = config.receivers[0]?.integrations ?? [];
  if (!integration) throw new Error("no integration in the config");
  const renderer = rendererFrom([], { clock });
  return integration.build({ renderer, externalUrl: "http://am.example.org", clock, createClient: createHttpClient });
}

export interface NotificationRequest {
  /** Names of alerts; "-" before one that is resolved. */
  readonly alerts?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly receiverData?: Notification["receiverData"];
  readonly signal?: AbortSignal;
}

export function notificationFrom(request: NotificationRequest = {}): Notification {
  const start = Date.UTC(2024, 4, 6);
  const alerts = (request.alerts ?? ["Load"]).map((name) => {
    const annotations = request.annotations ?? { summary: "high" };
    const fields = { startsAt: start, endsAt: start + 60_000, annotations, generatorURL: "http://prom/graph" };
    const labels = { alertname: name.replace("-", ""), severity: "page" };
    return { alert: alertFrom(labels, fields), isFiring: !name.startsWith("-") };
  });
  return {
    receiver: "team",
    groupKey: "{}:{}",
    groupLabels: labelsFrom({ severity: "page" }),
    routeLabels: {},
    alerts,
    reason: "first notification",
    receiverData: request.receiverData ?? {},
    now: start,
    signal: request.signal ?? new AbortController().signal,
  };
}
