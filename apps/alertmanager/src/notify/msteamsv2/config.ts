// An entry of `msteamsv2_configs`: a workflow webhook of Microsoft Teams.
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { secretUrlDecoder } from "../../config/values.js";
import { checkPair } from "../choice.js";
import type { KindContext } from "../kind.js";

export interface MsTeamsV2Config {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  readonly webhook_url: Secret | undefined;
  readonly webhook_url_file: string | undefined;
  readonly title: string;
  readonly text: string;
}

export function msTeamsV2Decoder({ global, file }: KindContext): Decoder<MsTeamsV2Config> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, true),
    http_config: d.withDefault(file.http, global.http_config),
    webhook_url: d.optional(secretUrlDecoder),
    webhook_url_file: d.optional(file.path),
    title: d.withDefault(d.string, '{{ template "msteamsv2.default.title" . }}'),
    text: d.withDefault(d.string, '{{ template "msteamsv2.default.text" . }}'),
  });
  return d.refine(decoder, (fields, fail) => {
    const url = { inline: fields.webhook_url, file: fields.webhook_url_file };
    if (!url.inline && !url.file) fail("one of webhook_url or webhook_url_file must be configured");
    checkPair("webhook_url", url, fail);
    return fields;
  });
}
