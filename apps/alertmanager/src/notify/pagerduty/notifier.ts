// Sends to PagerDuty: "trigger" while anything fires, "resolve" after.
import type { NotificationData } from "@narthex/template";
import { notificationData } from "../data.js";
import { groupHash } from "../group-hash.js";
import type { NotifierTools, Renderer } from "../kind.js";
import type { Notification, Notifier } from "../notification.js";
import { post, readSecret } from "../post.js";
import { truncateRunes } from "../truncate.js";
import type { PagerdutyConfig } from "./config.js";

// https://developer.pagerduty.com/docs/events-api-v2: 512 KB for an event, 1024 characters for its summary.
const eventBytesMax = 512_000;
const summaryRunesMax = 1024;

const serviceKeyUrl = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";

export function pagerdutyNotifier(config: PagerdutyConfig, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const isV1 = Boolean(config.service_key ?? config.service_key_file);
      const request = { config, notification, data, renderer: tools.renderer };
      await post(client, {
        url: isV1 ? serviceKeyUrl : config.url,
        body: fittingBody(isV1 ? eventV1(request) : eventV2(request)),
        signal: notification.signal,
        // v1 limits rates with 403, v2 with 429.
        retryStatuses: [isV1 ? 403 : 429],
        ...(config.timeout ? { timeoutMs: config.timeout } : {}),
      });
      return {};
    },
    close: () => client.close(),
  };
}

interface EventRequest {
  readonly config: PagerdutyConfig;
  readonly notification: Notification;
  readonly data: NotificationData;
  readonly renderer: Renderer;
}

interface PagerdutyEvent {
  readonly event: Record<string, unknown>;
  /** The same with a note in place of the details. */
  readonly withoutDetails: Record<string, unknown>;
}

function eventV2({ config, notification, data, renderer }: EventRequest): PagerdutyEvent {
  const render = (template: string): string => renderer.text(template, data);
  const payload = {
    summary: truncateRunes(render(config.description), summaryRunesMax),
    source: render(config.source),
    severity: render(config.severity) || "error",
    ...given({ class: render(config.class), component: render(config.component), group: render(config.group) }),
  };
  const images = config.images.map(({ src, alt, href }) =>
    given({ src: render(src), alt: render(alt), href: render(href) }),
  );
  const links = config.links.map(({ href, text }) => given({ href: render(href), text: render(text) }));
  const event = {
    client: render(config.client),
    client_url: render(config.client_url),
    routing_key: render(readSecret(config.routing_key, config.routing_key_file)),
    dedup_key: groupHash(notification.groupKey),
    event_action: eventType(data),
    images: images.filter((image) => image["src"]),
    links: links.filter((link) => link["href"]),
  };
  const details = Object.fromEntries(Object.entries(config.details).map(([name, text]) => [name, render(text)]));
  return {
    event: { ...event, payload: { ...payload, custom_details: details } },
    withoutDetails: { ...event, payload: { ...payload, custom_details: detailsNote } },
  };
}

function eventV1({ config, notification, data, renderer }: EventRequest): PagerdutyEvent {
  const render = (template: string): string => renderer.text(template, data);
  const isTrigger = data.status === "firing";
  const event = {
    service_key: render(readSecret(config.service_key, config.service_key_file)),
    incident_key: groupHash(notification.groupKey),
    event_type: eventType(data),
    description: truncateRunes(render(config.description), summaryRunesMax),
    ...(isTrigger ? { client: render(config.client), client_url: render(config.client_url) } : {}),
  };
  const details = Object.fromEntries(Object.entries(config.details).map(([name, text]) => [name, render(text)]));
  return { event: { ...event, details }, withoutDetails: { ...event, details: detailsNote } };
}

const detailsNote = { error: `Custom details have been removed because the event exceeds ${eventBytesMax} bytes` };

function eventType(data: NotificationData): "trigger" | "resolve" {
  return data.status === "firing" ? "trigger" : "resolve";
}

function fittingBody({ event, withoutDetails }: PagerdutyEvent): string {
  const body = JSON.stringify(event);
  return Buffer.byteLength(body) <= eventBytesMax ? body : JSON.stringify(withoutDetails);
}

function given(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ""));
}
