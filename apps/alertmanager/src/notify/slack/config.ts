// An entry of `slack_configs`: an incoming webhook (api_url) or a bot (app_token and app_url).
import { type Decoder, d, type HttpClientConfig, type Secret } from "@narthex/service";
import { type GlobalConfig, isGiven } from "../../config/global.js";
import { secretTextDecoder, secretUrlDecoder, urlDecoder } from "../../config/values.js";
import type { KindContext } from "../kind.js";

export interface SlackField {
  readonly title: string;
  readonly value: string;
  readonly short: boolean | undefined;
}

export interface SlackConfirm {
  readonly text: string;
  readonly title: string;
  readonly ok_text: string;
  readonly dismiss_text: string;
}

export interface SlackAction {
  readonly type: string;
  readonly text: string;
  readonly url: string;
  readonly style: string;
  readonly name: string;
  readonly value: string;
  readonly confirm: SlackConfirm | undefined;
}

export interface SlackAddress {
  readonly api_url: Secret | undefined;
  readonly api_url_file: string | undefined;
  readonly app_token: Secret | undefined;
  readonly app_token_file: string | undefined;
  readonly app_url: string | undefined;
}

export interface SlackConfig extends SlackAddress {
  readonly send_resolved: boolean;
  readonly http_config: HttpClientConfig;
  readonly channel: string;
  readonly username: string;
  readonly color: string;
  readonly title: string;
  readonly title_link: string;
  readonly pretext: string;
  readonly text: string;
  readonly message_text: string;
  readonly fields: readonly SlackField[];
  readonly short_fields: boolean;
  readonly footer: string;
  readonly fallback: string;
  readonly callback_id: string;
  readonly icon_emoji: string;
  readonly icon_url: string;
  readonly image_url: string;
  readonly thumb_url: string;
  readonly link_names: boolean;
  readonly mrkdwn_in: readonly string[];
  readonly actions: readonly SlackAction[];
  readonly timeout: number | undefined;
  readonly update_message: boolean;
}

/** Where bots post, unless slack_app_url says otherwise. */
const botUrl = "https://slack.com/api/chat.postMessage";

const text = d.withDefault(d.string, "");
const secret = d.optional(secretTextDecoder);

function template(name: string): Decoder<string> {
  return d.withDefault(d.string, `{{ template "slack.default.${name}" . }}`);
}

const fieldDecoder: Decoder<SlackField> = d.refine(
  d.object("config.SlackField", { title: text, value: text, short: d.optional(d.boolean) }),
  (field, fail) => {
    if (field.title === "") fail("missing title in Slack field configuration");
    if (field.value === "") fail("missing value in Slack field configuration");
    return field;
  },
);

const confirmDecoder: Decoder<SlackConfirm> = d.refine(
  d.object("config.SlackConfirmationField", { text, title: text, ok_text: text, dismiss_text: text }),
  (confirm, fail) => (confirm.text === "" ? fail("missing text in Slack confirmation configuration") : confirm),
);

const actionDecoder: Decoder<SlackAction> = d.refine(
  d.object("config.SlackAction", {
    type: text,
    text,
    url: text,
    style: text,
    name: text,
    value: text,
    confirm: d.optional(confirmDecoder),
  }),
  (action, fail) => {
    if (action.type === "") fail("missing type in Slack action configuration");
    if (action.text === "") fail("missing text in Slack action configuration");
    if (action.url === "" && action.name === "") fail("missing name or url in Slack action configuration");
    // A link needs no more; name, value and confirm belong to buttons that Slack reports back.
    return action.url === "" ? action : { ...action, name: "", value: "", confirm: undefined };
  },
);

export function slackDecoder({ global, file }: KindContext): Decoder<SlackConfig> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, false),
    http_config: d.optional(file.http),
    api_url: d.optional(secretUrlDecoder),
    api_url_file: d.optional(file.path),
    app_token: secret,
    app_token_file: d.optional(file.path),
    app_url: d.optional(urlDecoder),
    channel: text,
    username: template("username"),
    color: d.withDefault(d.string, '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'),
    title: template("title"),
    title_link: template("titlelink"),
    pretext: template("pretext"),
    text: template("text"),
    message_text: text,
    fields: d.withDefault(d.list(fieldDecoder), []),
    short_fields: d.withDefault(d.boolean, false),
    footer: template("footer"),
    fallback: template("fallback"),
    callback_id: template("callbackid"),
    icon_emoji: template("iconemoji"),
    icon_url: template("iconurl"),
    image_url: text,
    thumb_url: text,
    link_names: d.withDefault(d.boolean, false),
    mrkdwn_in: d.withDefault(d.list(d.string), []),
    actions: d.withDefault(d.list(actionDecoder), []),
    timeout: d.optional(d.duration),
    update_message: d.withDefault(d.boolean, false),
  });
  return d.refine(decoder, (fields, fail) => {
    const address = slackAddress(fields, {
      global,
      hasOwnAuthorization: Boolean(fields.http_config?.authorization),
      fail,
    });
    const isBot = Boolean(address.app_token ?? address.app_token_file) || isBotUrl(address.api_url, global);
    if (fields.update_message && !isBot) {
      fail(`update_message can only be used with bot tokens. api_url must be set to ${botUrlOf(global)}`);
    }
    return { ...fields, ...address, http_config: fields.http_config ?? global.http_config };
  });
}

interface AddressRequest {
  readonly global: GlobalConfig;
  readonly hasOwnAuthorization: boolean;
  readonly fail: (text: string) => never;
}

/** Where to send: the entry's own address, else the global one. */
function slackAddress(own: SlackAddress, { global, hasOwnAuthorization, fail }: AddressRequest): SlackAddress {
  const hasUrl = Boolean(own.api_url ?? own.api_url_file);
  const hasToken = Boolean(own.app_token ?? own.app_token_file);
  if (own.api_url && own.api_url_file) fail("at most one of api_url & api_url_file must be configured");
  if (own.app_token && own.app_token_file) fail("at most one of app_token & app_token_file must be configured");
  if (hasUrl && hasToken) {
    fail("at most one of api_url/api_url_file & app_token/app_token_file must be configured");
  }
  const app_url = own.app_url ?? botUrlOf(global);
  if (hasUrl) return { ...own, app_url: undefined };
  if (hasToken) return { ...own, app_url };
  const hasGlobalToken = isGiven(global.slack_app_token) || Boolean(global.slack_app_token_file);
  // An entry that brings its own authorization header is a bot configured the old way.
  if (hasGlobalToken && !hasOwnAuthorization) {
    return { ...own, app_token: global.slack_app_token, app_token_file: global.slack_app_token_file, app_url };
  }
  if (!global.slack_api_url && !global.slack_api_url_file) {
    fail("no Slack API URL nor App token set either inline or in a file");
  }
  return { ...own, api_url: global.slack_api_url, api_url_file: global.slack_api_url_file, app_url: undefined };
}

function botUrlOf(global: GlobalConfig): string {
  return global.slack_app_url ?? botUrl;
}

function isBotUrl(url: Secret | undefined, global: GlobalConfig): boolean {
  return url !== undefined && url.reveal() === botUrlOf(global);
}

/** A global webhook URL and a global bot token exclude each other, unless the URL is the bots' own. */
export function checkSlackGlobals(global: GlobalConfig, fail: (text: string) => never): void {
  const hasToken = isGiven(global.slack_app_token) || Boolean(global.slack_app_token_file);
  const hasUrl = Boolean(global.slack_api_url ?? global.slack_api_url_file);
  if (hasToken && hasUrl && !isBotUrl(global.slack_api_url, global)) {
    fail("at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured");
  }
}
