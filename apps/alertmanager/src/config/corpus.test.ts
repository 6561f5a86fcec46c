// The configs of Alertmanager's own tests: what has to load loads, what is wrong is refused with Alertmanager's words.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { matcherParserFrom } from "../matchers/parse.js";
import { parseConfig } from "./config.js";

const corpora = process.env["CORPORA"] ?? new URL("../../../../../shared/corpora", import.meta.url).pathname;
const folders = ["alertmanager-config", "amtool"].map((name) => join(corpora, name));
const isPresent = folders.every((folder) => existsSync(folder));

const parseMatchers = matcherParserFrom("fallback", () => {});

// What is wrong with each bad one; all others have to load.
const expected: Readonly<Record<string, string>> = {
  "conf.bad.yml": "cannot unmarshal",
  "conf.nil-match_re-route.yml": 'invalid regexp value for "invalid_label"',
  "conf.nil-source_match_re-inhibition.yml": 'invalid regexp value for "invalid_source_label"',
  "conf.nil-target_match_re-inhibition.yml": 'invalid regexp value for "invalid_target_label"',
  "conf.mattermost-both-webhook-url-and-file.yml":
    "at most one of mattermost_webhook_url & mattermost_webhook_url_file",
  "conf.mattermost-valid-receiver-both-webhook-url-and-file.yml":
    "at most one of mattermost_webhook_url & mattermost_webhook_url_file",
  "conf.opsgenie-both-file-and-apikey.yml": "at most one of opsgenie_api_key & opsgenie_api_key_file",
  "conf.opsgenie-default-apikey-old-team.yml": "field teams not found in type config.plain",
  "conf.opsgenie-no-apikey.yml": "no global OpsGenie API Key set either inline or in a file",
  "conf.rocketchat-both-token-and-tokenfile.yml": "at most one of rocketchat_token & rocketchat_token_file",
  "conf.rocketchat-both-tokenid-and-tokenidfile.yml": "at most one of rocketchat_token_id & rocketchat_token_id_file",
  "conf.slack-both-file-and-token.yml": "at most one of slack_app_token & slack_app_token_file must be configured",
  "conf.slack-both-file-and-url.yml": "at most one of slack_api_url & slack_api_url_file must be configured",
  "conf.slack-both-url-and-token.yml":
    "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured",
  "conf.slack-no-api-url-or-token.yml": "no Slack API URL nor App token set either inline or in a file",
  "conf.slack-update-message-and-webhook.yml":
    "update_message can only be used with bot tokens. api_url must be set to https://slack.com/api/chat.postMessage",
  "conf.smtp-both-password-and-file.yml": "at most one of smtp_auth_password & smtp_auth_password_file",
  "conf.telegram-both-bot-token-and-file.yml": "at most one of telegram_bot_token & telegram_bot_token_file",
  "conf.telegram-no-bot-token.yml": "missing bot_token or bot_token_file on telegram_config",
  "conf.telegram-valid-receiver-both-bot-token-and-file.yml":
    "at most one of telegram_bot_token & telegram_bot_token_file",
  "conf.victorops-both-file-and-apikey.yml": "at most one of victorops_api_key & victorops_api_key_file",
  "conf.wechat-both-file-and-secret.yml": "at most one of wechat_api_secret & wechat_api_secret_file",
};

// Refused today for the reason given, which is all that is wrong with them here. The list may only shrink.
const notYet: Readonly<Record<string, string>> = {
  "alertmanager-config/conf.good.yml": "receiver kind victorops is not supported yet",
  "conf.mattermost-default-webhook-url-file.yml": "receiver kind mattermost is not supported yet",
  "conf.mattermost-default-webhook-url.yml": "receiver kind mattermost is not supported yet",
  "conf.mattermost-no-webhook-url.yml": "receiver kind mattermost is not supported yet",
  "conf.rocketchat-default-token-file.yml": "receiver kind rocketchat is not supported yet",
  "conf.rocketchat-default-token.yml": "receiver kind rocketchat is not supported yet",
  "conf.rocketchat-no-token.yml": "receiver kind rocketchat is not supported yet",
  "conf.sns-invalid.yml": "receiver kind sns is not supported yet",
  "conf.sns-topic-arn.yml": "receiver kind sns is not supported yet",
  "conf.victorops-default-apikey-file.yml": "receiver kind victorops is not supported yet",
  "conf.victorops-default-apikey.yml": "receiver kind victorops is not supported yet",
  "conf.victorops-no-apikey.yml": "receiver kind victorops is not supported yet",
  "conf.wechat-default-api-secret-file.yml": "receiver kind wechat is not supported yet",
  "conf.wechat-no-api-secret.yml": "receiver kind wechat is not supported yet",
};

function verdict(file: string, name: string): string {
  try {
    parseConfig({ file: name, text: readFileSync(file, "utf8"), parseMatchers });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

test.skipIf(!isPresent)(`configs of ${folders.join(" and ")}`, () => {
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      const message = verdict(join(folder, name), name);
      // The name stands in both folders.
      const key = name === "conf.good.yml" ? `${basename(folder)}/${name}` : name;
      const mistake = expected[key] ?? notYet[key];
      if (mistake === undefined) expect({ name, message }).toEqual({ name, message: "" });
      else expect({ name, message }).toEqual({ name, message: expect.stringContaining(mistake) as string });
    }
  }
});
