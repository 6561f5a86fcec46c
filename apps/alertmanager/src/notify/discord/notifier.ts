// Sends to a Discord channel's webhook.
import { notificationData } from "../data.js";
import type { NotifierTools } from "../kind.js";
import type { Notifier } from "../notification.js";
import { post, readSecret } from "../post.js";
import { truncateRunes } from "../truncate.js";
import type { DiscordConfig } from "./config.js";

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
const titleRunesMax = 256;
const descriptionRunesMax = 4096;
const contentRunesMax = 2000;

const colors = { firing: 0x992d22, resolved: 0x2ecc71 } as const;

export function discordNotifier(config: DiscordConfig, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const render = (template: string): string => tools.renderer.text(template, data);
      const embed = {
        title: truncateRunes(render(config.title), titleRunesMax),
        description: truncateRunes(render(config.message), descriptionRunesMax),
        color: colors[data.status],
      };
      await post(client, {
        url: readSecret(config.webhook_url, config.webhook_url_file),
        body: JSON.stringify({
          content: truncateRunes(render(config.content), contentRunesMax),
          embeds: [embed],
          username: render(config.username),
          avatar_url: render(config.avatar_url),
        }),
        signal: notification.signal,
        retryStatuses: [429],
      });
      return {};
    },
    close: () => client.close(),
  };
}
