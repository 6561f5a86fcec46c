// An entry of `telegram_configs`.
import { readFileSync } from "node:fs";
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { secretTextDecoder, urlDecoder } from "../../config/values.js";
import { checkPair, chooseSecret, isChosen } from "../choice.js";
import type { KindContext } from "../kind.js";

export interface TelegramConfig {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  readonly api_url: string;
  readonly bot_token: Secret | undefined;
  readonly bot_token_file: string | undefined;
  readonly chat_id: number;
  readonly chat_id_file: string | undefined;
  readonly message_thread_id: number;
  readonly message: string;
  readonly disable_notifications: boolean;
  readonly parse_mode: string;
}

const parseModes = ["", "Markdown", "MarkdownV2", "HTML"];

export function telegramDecoder({ global, file }: KindContext): Decoder<TelegramConfig> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, true),
    http_config: d.withDefault(file.http, global.http_config),
    api_url: d.withDefault(urlDecoder, global.telegram_api_url ?? ""),
    bot_token: d.optional(secretTextDecoder),
    bot_token_file: d.optional(file.path),
    chat_id: d.withDefault(d.integer, 0),
    chat_id_file: d.optional(file.path),
    message_thread_id: d.withDefault(d.integer, 0),
    message: d.withDefault(d.string, '{{ template "telegram.default.message" . }}'),
    disable_notifications: d.withDefault(d.boolean, false),
    parse_mode: d.withDefault(d.string, "HTML"),
  });
  return d.refine(decoder, (fields, fail) => {
    const own = { inline: fields.bot_token, file: fields.bot_token_file };
    checkPair("bot_token", own, fail);
    if (fields.chat_id === 0 && !fields.chat_id_file) fail("missing chat_id or chat_id_file on telegram_config");
    if (fields.chat_id !== 0 && fields.chat_id_file) fail("at most one of chat_id & chat_id_file must be configured");
    if (!parseModes.includes(fields.parse_mode)) {
      fail("unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string");
    }
    const token = chooseSecret(own, { inline: global.telegram_bot_token, file: global.telegram_bot_token_file });
    if (!isChosen(token)) fail("missing bot_token or bot_token_file on telegram_config");
    return { ...fields, bot_token: token.inline, bot_token_file: token.file };
  });
}

/** Throws where the file does not hold a number. */
export function readChatId(config: TelegramConfig): number {
  if (!config.chat_id_file) return config.chat_id;
  const id = Number(readFileSync(config.chat_id_file, "utf8").trim());
  if (!Number.isSafeInteger(id)) throw new Error(`${config.chat_id_file} does not hold a chat id`);
  return id;
}
