// An entry of `webhook_configs`.
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { secretTextDecoder } from "../../config/values.js";
import type { KindContext } from "../kind.js";

export interface WebhookConfig {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  /** A template. */
  readonly url: Secret | undefined;
  readonly url_file: string | undefined;
  /** 0 is no limit. */
  readonly max_alerts: number;
  readonly timeout: number | undefined;
}

export function webhookDecoder({ global, file }: KindContext): Decoder<WebhookConfig> {
  return d.refine(
    d.object("config.plain", {
      send_resolved: d.withDefault(d.boolean, true),
      http_config: d.withDefault(file.http, global.http_config),
      url: d.optional(secretTextDecoder),
      url_file: d.optional(file.path),
      max_alerts: d.withDefault(d.integer, 0),
      timeout: d.optional(d.duration),
    }),
    (config, fail) => {
      if (!config.url && !config.url_file) fail("one of url or url_file must be configured");
      if (config.url && config.url_file) fail("at most one of url & url_file must be configured");
      if (config.max_alerts < 0) fail("max_alerts must not be negative");
      // A URL without a template can be checked now.
      const url = config.url?.reveal() ?? "";
      const isFixed = config.url && !url.includes("{{") && url !== "<secret>";
      if (isFixed && !/^https?:\/\/[^/]/i.test(url)) fail("unsupported scheme for webhook URL");
      return config;
    },
  );
}
