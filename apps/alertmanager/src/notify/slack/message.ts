// The JSON of Slack's incoming webhooks and chat.postMessage. Fields that are empty are left out where Alertmanager
// leaves them out, so that a receiver sees the same text from both.
import type { NotificationData } from "@narthex/template";
import type { Renderer } from "../kind.js";
import { truncateRunes } from "../truncate.js";
import type { SlackAction, SlackConfig, SlackField } from "./config.js";

// https://api.slack.com/reference/messaging/attachments#legacy_fields: longer titles are refused.
const titleRunesMax = 1024;

export interface MessageRequest {
  readonly config: SlackConfig;
  readonly data: NotificationData;
  readonly renderer: Renderer;
}

/** Throws NotifyError where a template fails. */
export function slackMessage({ config, data, renderer }: MessageRequest): Record<string, unknown> {
  const render = (template: string): string => renderer.text(template, data);
  const markdown = config.mrkdwn_in.length > 0 ? config.mrkdwn_in : ["fallback", "pretext", "text"];
  const attachment = {
    ...given({
      title: truncateRunes(render(config.title), titleRunesMax),
      title_link: render(config.title_link),
      pretext: render(config.pretext),
    }),
    text: render(config.text),
    fallback: render(config.fallback),
    callback_id: render(config.callback_id),
    ...(config.fields.length > 0 ? { fields: config.fields.map((field) => fieldJson(field, config, render)) } : {}),
    ...(config.actions.length > 0 ? { actions: config.actions.map((action) => actionJson(action, render)) } : {}),
    ...given({ image_url: render(config.image_url), thumb_url: render(config.thumb_url) }),
    footer: render(config.footer),
    ...given({ color: render(config.color) }),
    mrkdwn_in: markdown,
  };
  return {
    ...given({
      channel: render(config.channel),
      username: render(config.username),
      icon_emoji: render(config.icon_emoji),
      icon_url: render(config.icon_url),
      text: render(config.message_text),
    }),
    ...(config.link_names ? { link_names: true } : {}),
    attachments: [attachment],
  };
}

type Render = (template: string) => string;

function fieldJson(field: SlackField, config: SlackConfig, render: Render): Record<string, unknown> {
  const short = field.short ?? config.short_fields;
  return { ...given({ title: render(field.title), value: render(field.value) }), short };
}

function actionJson(action: SlackAction, render: Render): Record<string, unknown> {
  const { confirm } = action;
  return {
    ...given({
      type: render(action.type),
      text: render(action.text),
      url: render(action.url),
      style: render(action.style),
      name: render(action.name),
      value: render(action.value),
    }),
    ...(confirm
      ? {
          confirm: given({
            text: render(confirm.text),
            title: render(confirm.title),
            ok_text: render(confirm.ok_text),
            dismiss_text: render(confirm.dismiss_text),
          }),
        }
      : {}),
  };
}

function given(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ""));
}
