// An entry of `pagerduty_configs`: Events API v2 with a routing key, v1 with a service key.
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { secretTextDecoder, urlDecoder } from "../../config/values.js";
import { checkPair } from "../choice.js";
import type { KindContext } from "../kind.js";

export interface PagerdutyImage {
  readonly src: string;
  readonly alt: string;
  readonly href: string;
}

export interface PagerdutyLink {
  readonly href: string;
  readonly text: string;
}

export interface PagerdutyConfig {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  readonly service_key: Secret | undefined;
  readonly service_key_file: string | undefined;
  readonly routing_key: Secret | undefined;
  readonly routing_key_file: string | undefined;
  readonly url: string;
  readonly client: string;
  readonly client_url: string;
  readonly description: string;
  readonly details: Readonly<Record<string, string>>;
  readonly images: readonly PagerdutyImage[];
  readonly links: readonly PagerdutyLink[];
  readonly source: string;
  readonly severity: string;
  readonly class: string;
  readonly component: string;
  readonly group: string;
  readonly timeout: number | undefined;
}

const defaultDetails: Readonly<Record<string, string>> = {
  firing: '{{ template "pagerduty.default.instances" .Alerts.Firing }}',
  resolved: '{{ template "pagerduty.default.instances" .Alerts.Resolved }}',
  num_firing: "{{ .Alerts.Firing | len }}",
  num_resolved: "{{ .Alerts.Resolved | len }}",
};

const text = d.withDefault(d.string, "");

export function pagerdutyDecoder({ global, file }: KindContext): Decoder<PagerdutyConfig> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, true),
    http_config: d.withDefault(file.http, global.http_config),
    service_key: d.optional(secretTextDecoder),
    service_key_file: d.optional(file.path),
    routing_key: d.optional(secretTextDecoder),
    routing_key_file: d.optional(file.path),
    url: d.withDefault(urlDecoder, global.pagerduty_url ?? ""),
    client: d.withDefault(d.string, '{{ template "pagerduty.default.client" . }}'),
    client_url: d.withDefault(d.string, '{{ template "pagerduty.default.clientURL" . }}'),
    description: d.withDefault(d.string, '{{ template "pagerduty.default.description" . }}'),
    details: d.withDefault(d.map(d.string), {}),
    images: d.withDefault(d.list(d.object("config.PagerdutyImage", { src: text, alt: text, href: text })), []),
    links: d.withDefault(d.list(d.object("config.PagerdutyLink", { href: text, text })), []),
    source: text,
    severity: text,
    class: text,
    component: text,
    group: text,
    timeout: d.optional(d.duration),
  });
  return d.refine(decoder, (fields, fail) => {
    const routing = { inline: fields.routing_key, file: fields.routing_key_file };
    const service = { inline: fields.service_key, file: fields.service_key_file };
    if (!routing.inline && !routing.file && !service.inline && !service.file) {
      fail("missing service or routing key in PagerDuty config");
    }
    checkPair("routing_key", routing, fail);
    checkPair("service_key", service, fail);
    if (fields.url === "") fail("no global PagerDuty URL set");
    const details = { ...defaultDetails, ...fields.details };
    return { ...fields, details, source: fields.source || fields.client };
  });
}
