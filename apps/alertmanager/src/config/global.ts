// `global` of alertmanager.yml: what receivers fall back on.
import { type Decoder, d, defaultHttpClientConfig, type HttpClientConfig, type Secret } from "@narthex/service";
import type { FileDecoders, TlsConfig } from "./file.js";
import { type HostPort, hostPortDecoder, secretTextDecoder, secretUrlDecoder, urlDecoder } from "./values.js";

// Each of these has a twin that ends in _file, of which at most one may be given.
const secretNames = [
  "smtp_auth_password",
  "smtp_auth_secret",
  "slack_app_token",
  "opsgenie_api_key",
  "wechat_api_secret",
  "victorops_api_key",
  "telegram_bot_token",
  "rocketchat_token",
  "rocketchat_token_id",
] as const;
const secretUrlNames = ["slack_api_url", "mattermost_webhook_url"] as const;
const urlNames = [
  "slack_app_url",
  "pagerduty_url",
  "opsgenie_api_url",
  "wechat_api_url",
  "victorops_api_url",
  "telegram_api_url",
  "webex_api_url",
  "jira_api_url",
  "rocketchat_api_url",
] as const;

type SecretName = (typeof secretNames)[number] | (typeof secretUrlNames)[number];
type UrlName = (typeof urlNames)[number];

interface PlainGlobals {
  readonly resolve_timeout: number;
  readonly http_config: HttpClientConfig;
  readonly smtp_from: string;
  readonly smtp_hello: string;
  readonly smtp_smarthost: HostPort | undefined;
  readonly smtp_auth_username: string;
  readonly smtp_auth_identity: string;
  readonly smtp_require_tls: boolean;
  readonly smtp_force_implicit_tls: boolean | undefined;
  readonly smtp_tls_config: TlsConfig | undefined;
  readonly wechat_api_corp_id: string;
}

/** Keys as in the file; durations in milliseconds. */
export type GlobalConfig = PlainGlobals & {
  readonly [Name in SecretName]: Secret | undefined;
} & { readonly [Name in `${SecretName}_file`]: string | undefined } & {
  readonly [Name in UrlName]: string | undefined;
};

// Where receivers send to when nobody says otherwise. Only what Alertmanager 0.25 knows: amtool reads the printed config.
const defaultUrls: Partial<Record<UrlName, string>> = {
  pagerduty_url: "https://events.pagerduty.com/v2/enqueue",
  opsgenie_api_url: "https://api.opsgenie.com/",
  telegram_api_url: "https://api.telegram.org",
};

export function globalDecoder(file: FileDecoders): Decoder<GlobalConfig> {
  const fields = (names: readonly string[], decoder: Decoder<unknown>): Record<string, Decoder<unknown>> =>
    Object.fromEntries(names.map((name) => [name, d.optional(decoder)]));
  const shape = {
    resolve_timeout: d.withDefault(d.duration, 5 * 60_000),
    http_config: d.withDefault(file.http, defaultHttpClientConfig),
    smtp_from: d.withDefault(d.string, ""),
    smtp_hello: d.withDefault(d.string, "localhost"),
    smtp_smarthost: d.optional(hostPortDecoder),
    smtp_auth_username: d.withDefault(d.string, ""),
    smtp_auth_identity: d.withDefault(d.string, ""),
    smtp_require_tls: d.withDefault(d.boolean, true),
    smtp_force_implicit_tls: d.optional(d.boolean),
    smtp_tls_config: file.tls,
    wechat_api_corp_id: d.withDefault(d.string, ""),
    ...fields(secretNames, secretTextDecoder),
    ...fields(secretUrlNames, secretUrlDecoder),
    ...fields(
      [...secretNames, ...secretUrlNames].map((name) => `${name}_file`),
      file.path,
    ),
    ...Object.fromEntries(urlNames.map((name) => [name, withDefaultUrl(name)])),
  };
  return d.refine(d.object("config.plain", shape), (decoded, fail) => {
    // The shape lists each of the type's names.
    const global = decoded as unknown as GlobalConfig;
    for (const name of [...secretNames, ...secretUrlNames]) {
      if (isGiven(global[name]) && global[`${name}_file`]) {
        fail(`at most one of ${name} & ${name}_file must be configured`);
      }
    }
    return global;
  });
}

function withDefaultUrl(name: UrlName): Decoder<string | undefined> {
  return d.withDefault<string | undefined>(urlDecoder, defaultUrls[name]);
}

/** Present and not empty. */
export function isGiven(secret: Secret | undefined): secret is Secret {
  return secret !== undefined && secret.reveal() !== "";
}
