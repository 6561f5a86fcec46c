// The integration kinds there are, by the name of their list in a receiver (`webhook_configs`, …).
import { emailDecoder } from "./email/config.js";
import { emailNotifier } from "./email/notifier.js";
import { type Kind, kindFrom } from "./kind.js";
import { slackDecoder } from "./slack/config.js";
import { slackNotifier } from "./slack/notifier.js";
import { webhookDecoder } from "./webhook/config.js";
import { webhookNotifier } from "./webhook/notifier.js";

export const kinds: readonly Kind[] = [
  kindFrom("webhook", { decoder: webhookDecoder, notifier: webhookNotifier }),
  kindFrom("email", { decoder: emailDecoder, notifier: emailNotifier }),
  kindFrom("slack", { decoder: slackDecoder, notifier: slackNotifier }),
];

/** Kinds that Alertmanager has and this does not yet: a config that uses one is refused, since it could not notify. */
export const missingKinds: readonly string[] = [
  "discord",
  "incidentio",
  "jira",
  "mattermost",
  "msteams",
  "msteamsv2",
  "opsgenie",
  "pagerduty",
  "pushover",
  "rocketchat",
  "sns",
  "telegram",
  "victorops",
  "webex",
  "wechat",
];
