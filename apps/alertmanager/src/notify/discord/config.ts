// An entry of `discord_configs`.
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { secretUrlDecoder } from "../../config/values.js";
import { checkPair } from "../choice.js";
import type { KindContext } from "../kind.js";

export interface DiscordConfig {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  readonly webhook_url: Secret | undefined;
  readonly webhook_url_file: string | undefined;
  readonly content: string;
  readonly title: string;
  readonly message: string;
  readonly username: string;
  readonly avatar_url: string;
}

const text = d.withDefault(d.string, "");

export function discordDecoder({ global, file }: KindContext): Decoder<DiscordConfig> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, true),
    http_config: d.withDefault(file.http, global.http_config),
    webhook_url: d.optional(secretUrlDecoder),
    webhook_url_file: d.optional(file.path),
    content: text,
    title: d.withDefault(d.string, '{{ template "discord.default.title" . }}'),
    message: d.withDefault(d.string, '{{ template "discord.default.message" . }}'),
    username: text,
    avatar_url: text,
  });
  return d.refine(decoder, (fields, fail) => {
    const url = { inline: fields.webhook_url, file: fields.webhook_url_file };
    if (!url.inline && !url.file) fail("one of webhook_url or webhook_url_file must be configured");
    checkPair("webhook_url", url, fail);
    return fields;
  });
}
