// An entry of `email_configs`.
import { type Decoder, d, type Secret } from "@narthex/service";
import type { TlsConfig } from "../../config/file.js";
import type { GlobalConfig } from "../../config/global.js";
import { type HostPort, hostPortDecoder, secretTextDecoder } from "../../config/values.js";
import type { KindContext } from "../kind.js";

export interface EmailThreading {
  readonly enabled: boolean;
  readonly thread_by_date: "daily" | "none";
}

export interface EmailConfig {
  readonly send_resolved: boolean;
  /** Templates: to, from, headers, html, text. */
  readonly to: string;
  readonly from: string;
  readonly hello: string;
  readonly smarthost: HostPort;
  readonly auth_username: string;
  readonly auth_password: Secret | undefined;
  readonly auth_password_file: string | undefined;
  readonly auth_secret: Secret | undefined;
  readonly auth_secret_file: string | undefined;
  readonly auth_identity: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
  readonly text: string;
  readonly require_tls: boolean;
  readonly force_implicit_tls: boolean | undefined;
  readonly tls_config: TlsConfig | undefined;
  readonly threading: EmailThreading | undefined;
}

const text = d.withDefault(d.string, "");

const threadingDecoder: Decoder<EmailThreading> = d.object("config.ThreadingConfig", {
  enabled: d.withDefault(d.boolean, false),
  thread_by_date: d.withDefault(d.oneOf(["daily", "none"]), "daily" as const),
});

/** Under the names mail knows them by, which are case-insensitive: "reply-to" → "Reply-To". */
const headersDecoder: Decoder<Readonly<Record<string, string>>> = d.refine(d.map(d.string), (headers, fail) => {
  const canonical: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase().replace(/(^|-)[a-z]/g, (part) => part.toUpperCase());
    if (Object.hasOwn(canonical, key)) fail(`duplicate header ${JSON.stringify(key)} in email config`);
    canonical[key] = value;
  }
  return canonical;
});

export function emailDecoder({ global, file }: KindContext): Decoder<EmailConfig> {
  const decoder = d.object("config.plain", {
    send_resolved: d.withDefault(d.boolean, false),
    to: text,
    from: d.withDefault(d.string, global.smtp_from),
    hello: d.withDefault(d.string, global.smtp_hello),
    smarthost: d.withDefault(d.optional(hostPortDecoder), global.smtp_smarthost),
    auth_username: d.withDefault(d.string, global.smtp_auth_username),
    auth_password: d.optional(secretTextDecoder),
    auth_password_file: d.optional(file.path),
    auth_secret: d.optional(secretTextDecoder),
    auth_secret_file: d.optional(file.path),
    auth_identity: d.withDefault(d.string, global.smtp_auth_identity),
    headers: d.withDefault(headersDecoder, {}),
    html: d.withDefault(d.string, '{{ template "email.default.html" . }}'),
    text,
    require_tls: d.withDefault(d.boolean, global.smtp_require_tls),
    force_implicit_tls: d.withDefault(d.optional(d.boolean), global.smtp_force_implicit_tls),
    tls_config: d.optional(file.tls),
    threading: d.optional(threadingDecoder),
  });
  return d.refine(decoder, (fields, fail) => {
    if (fields.to === "") fail("missing to address in email config");
    if (fields.auth_password && fields.auth_password_file) {
      fail("at most one of auth_password & auth_password_file must be configured");
    }
    if (fields.auth_secret && fields.auth_secret_file) {
      fail("at most one of auth_secret & auth_secret_file must be configured");
    }
    const smarthost = fields.smarthost ?? fail("no global SMTP smarthost set");
    if (fields.from === "") fail("no global SMTP from set");
    return {
      ...fields,
      ...credentials(fields, global),
      smarthost,
      tls_config: fields.tls_config ?? global.smtp_tls_config,
    };
  });
}

type Credentials = Pick<EmailConfig, "auth_password" | "auth_password_file" | "auth_secret" | "auth_secret_file">;

function credentials(own: Credentials, global: GlobalConfig): Credentials {
  const hasPassword = Boolean(own.auth_password ?? own.auth_password_file);
  const hasSecret = Boolean(own.auth_secret ?? own.auth_secret_file);
  return {
    auth_password: hasPassword ? own.auth_password : global.smtp_auth_password,
    auth_password_file: hasPassword ? own.auth_password_file : global.smtp_auth_password_file,
    auth_secret: hasSecret ? own.auth_secret : global.smtp_auth_secret,
    auth_secret_file: hasSecret ? own.auth_secret_file : global.smtp_auth_secret_file,
  };
}
