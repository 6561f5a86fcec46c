// Sends to a Telegram chat through the Bot API.
import { notificationData } from "../data.js";
import type { NotifierTools } from "../kind.js";
import type { Notifier } from "../notification.js";
import { post, readSecret } from "../post.js";
import { truncateRunes } from "../truncate.js";
import { readChatId, type TelegramConfig } from "./config.js";

// https://core.telegram.org/bots/api#sendmessage
const messageRunesMax = 4096;

export function telegramNotifier(config: TelegramConfig, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const isHtml = config.parse_mode === "HTML";
      const message = isHtml ? tools.renderer.html(config.message, data) : tools.renderer.text(config.message, data);
      const token = readSecret(config.bot_token, config.bot_token_file);
      await post(client, {
        url: `${config.api_url.replace(/\/+$/, "")}/bot${token}/sendMessage`,
        body: JSON.stringify({
          chat_id: String(readChatId(config)),
          text: truncateRunes(message, messageRunesMax),
          ...(config.message_thread_id === 0 ? {} : { message_thread_id: String(config.message_thread_id) }),
          ...(config.parse_mode === "" ? {} : { parse_mode: config.parse_mode }),
          disable_notification: config.disable_notifications,
          disable_web_page_preview: true,
        }),
        signal: notification.signal,
        retryStatuses: [429],
      });
      return {};
    },
    close: () => client.close(),
  };
}
