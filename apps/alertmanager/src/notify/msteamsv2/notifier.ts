// Sends an Adaptive Card to a workflow webhook of Microsoft Teams.
import { notificationData } from "../data.js";
import type { NotifierTools } from "../kind.js";
import type { Notifier } from "../notification.js";
import { post, readSecret } from "../post.js";
import type { MsTeamsV2Config } from "./config.js";

const colors = { firing: "attention", resolved: "good" } as const;

export function msTeamsV2Notifier(config: MsTeamsV2Config, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const title = tools.renderer.text(config.title, data);
      const text = tools.renderer.text(config.text, data);
      await post(client, {
        url: readSecret(config.webhook_url, config.webhook_url_file),
        body: JSON.stringify(message({ title, text, color: colors[data.status] })),
        signal: notification.signal,
        retryStatuses: [429],
      });
      return {};
    },
    close: () => client.close(),
  };
}

// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#send-adaptive-cards-using-an-incoming-webhook
function message({ title, text, color }: { title: string; text: string; color: string }): unknown {
  const block = { type: "TextBlock", wrap: true };
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      { ...block, text: title, weight: "Bolder", size: "Medium", style: "heading", color },
      { ...block, text },
    ],
    msteams: { width: "Full" },
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return { type: "message", attachments: [{ contentType, contentUrl: null, content: card }] };
}
