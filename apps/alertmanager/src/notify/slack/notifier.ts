// Sends to Slack, or to anything that takes its incoming webhooks.
import type { HttpResponse } from "@narthex/service";
import { z } from "zod";
import type { ReceiverValue } from "../../nflog/entry.js";
import { notificationData } from "../data.js";
import type { NotifierTools } from "../kind.js";
import { type Notification, type Notifier, NotifyError } from "../notification.js";
import { post, readSecret } from "../post.js";
import type { SlackConfig } from "./config.js";
import { slackMessage } from "./message.js";

const answerSchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().optional(),
  channel: z.string().optional(),
});

type Answer = z.infer<typeof answerSchema>;

export function slackNotifier(config: SlackConfig, tools: NotifierTools): Notifier {
  const client = tools.createClient(config.http_config);
  return {
    async notify(notification) {
      const data = notificationData(notification, tools.externalUrl);
      const message = slackMessage({ config, data, renderer: tools.renderer });
      const token = readSecret(config.app_token, config.app_token_file);
      const response = await post(client, {
        ...addressed(config, notification, message),
        headers: token === "" ? {} : { authorization: `Bearer ${token}` },
        signal: notification.signal,
        ...(config.timeout ? { timeoutMs: config.timeout } : {}),
      });
      const answer = readAnswer(response);
      return config.update_message ? remembered(answer) : {};
    },
    close: () => client.close(),
  };
}

// With update_message, a message that was posted before is changed instead of a new one being posted.
function addressed(
  config: SlackConfig,
  notification: Notification,
  message: Record<string, unknown>,
): { url: string; body: string } {
  const url = config.app_url ?? readSecret(config.api_url, config.api_url_file);
  const { threadTs, channelId } = notification.receiverData;
  if (!config.update_message || typeof threadTs !== "string" || typeof channelId !== "string") {
    return { url, body: JSON.stringify(message) };
  }
  const updateUrl = url.replace(/chat\.postMessage$/, "chat.update");
  return { url: updateUrl, body: JSON.stringify({ ...message, channel: channelId, ts: threadTs }) };
}

// Slack refuses with status 200 too: as {"ok": false} to bots, as a text other than "ok" to webhooks.
// Differs: see docs/compatibility.md#alertmanager; an empty answer is accepted, as imitations of the webhook give one.
function readAnswer(response: HttpResponse): Answer {
  const text = response.body.toString("utf8");
  const isJson = (response.headers["content-type"] ?? "").startsWith("application/json");
  if (!isJson) {
    if (text === "ok" || text === "") return { ok: true };
    throw refused(`received an error response from Slack: ${text.slice(0, 200)}`);
  }
  const answer = answerSchema.safeParse(parseJson(text));
  if (!answer.success) throw refused(`could not read the answer of Slack: ${text.slice(0, 200)}`);
  if (!answer.data.ok) throw refused(`error response from Slack: ${answer.data.error ?? "unknown"}`);
  return answer.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by the schema.
  }
}

function refused(message: string): NotifyError {
  return new NotifyError(message, { isRetryable: false, reason: "clientError" });
}

function remembered(answer: Answer): Record<string, ReceiverValue> {
  return answer.ts && answer.channel ? { threadTs: answer.ts, channelId: answer.channel } : {};
}
