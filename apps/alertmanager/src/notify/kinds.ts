// The integration kinds there are, by the name of their list in a receiver (`webhook_configs`, …).
import { discordDecoder } from "./discord/config.js";
import { discordNotifier } from "./discord/notifier.js";
import { emailDecoder } from "./email/config.js";
import { emailNotifier } from "./email/notifier.js";
import { type Kind, kindFrom } from "./kind.js";
import { msTeamsV2Decoder } from "./msteamsv2/config.js";
import { msTeamsV2Notifier } from "./msteamsv2/notifier.js";
import { opsgenieDecoder } from "./opsgenie/config.js";
import { opsgenieNotifier } from "./opsgenie/notifier.js";
import { pagerdutyDecoder } from "./pagerduty/config.js";
import { pagerdutyNotifier } from "./pagerduty/notifier.js";
import { slackDecoder } from "./slack/config.js";
import { slackNotifier } from "./slack/notifier.js";
import { telegramDecoder } from "./telegram/config.js";
import { telegramNotifier } from "./telegram/notifier.js";
import { webhookDecoder } from "./webhook/config.js";
import { webhookNotifier } from "./webhook/notifier.js";

export const kinds: readonly Kind[] = [
  kindFrom("webhook", { decoder: webhookDecoder, notifier: webhookNotifier }),
  kindFrom("email", { decoder: emailDecoder, notifier: emailNotifier }),
  kindFrom("pagerduty", { decoder: pagerdutyDecoder, notifier: pagerdutyNotifier }),
  kindFrom("opsgenie", { decoder: opsgenieDecoder, notifier: opsgenieNotifier }),
  kindFrom("slack", { decoder: slackDecoder, notifier: slackNotifier }),
  kindFrom("telegram", { decoder: telegramDecoder, notifier: telegramNotifier }),
  kindFrom("discord", { decoder: discordDecoder, notifier: discordNotifier }),
  kindFrom("msteamsv2", { decoder: msTeamsV2Decoder, notifier: msTeamsV2Notifier }),
];

/** Kinds that Alertmanager has and this does not yet: a config that uses one is refused, since it could not notify. */
export const missingKinds: readonly string[] = [
  "incidentio",
  "jira",
  "mattermost",
  "msteams",
  "pushover",
  "rocketchat",
  "sns",
  "victorops",
  "webex",
  "wechat",
];
