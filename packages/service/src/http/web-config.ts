// Prometheus' web config file: TLS for the server, users with bcrypt passwords, response headers.
// Goes to: http/web-source, which reads it again when a file changes.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Decoder, d, parseYamlFile } from "../yaml/decode.js";
import { type RateLimitConfig, rateLimitDecoder } from "./rate-limit.js";
import { type WebTls, webTlsDecoder } from "./web-tls.js";

export type WebConfig = {
  readonly tls: WebTls | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimit: RateLimitConfig | undefined;
  /** User name → bcrypt hash. */
  readonly users: ReadonlyMap<string, string>;
  /** Every file that went in, the config itself first. */
  readonly files: readonly string[];
};

/** What may be set, and to what; an empty list allows any value. */
const headerValues: Readonly<Record<string, readonly string[]>> = {
  "Content-Security-Policy": [],
  "X-Frame-Options": ["deny", "sameorigin"],
  "X-Content-Type-Options": ["nosniff"],
  "X-XSS-Protection": [],
  "Strict-Transport-Security": [],
};

function checkHeaders(headers: Readonly<Record<string, string>>, fail: (text: string) => never): typeof headers {
  for (const [name, value] of Object.entries(headers)) {
    const allowed = Object.hasOwn(headerValues, name) ? headerValues[name] : undefined;
    if (!allowed) return fail(`HTTP header ${JSON.stringify(name)} can not be configured`);
    if (/[\r\n\0]/.test(value)) fail(`invalid value for ${name}: it holds a line break`);
    if (value !== "" && allowed.length > 0 && !allowed.includes(value)) {
      const choices = allowed.map((one) => JSON.stringify(one)).join(" ");
      fail(`invalid value for ${name}. Expected one of: [${choices}], but got: ${JSON.stringify(value)}`);
    }
  }
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
}

const bcryptHash: Decoder<string> = d.parsed((text) => {
  // The hash is not repeated: logs are read by more people than this file.
  if (!/^\$2[abxy]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(text)) throw new Error("not a bcrypt hash");
  return text;
});

/** Throws ConfigError, also for a file it names that cannot be read. Paths are relative to the config file. */
export function loadWebConfig(file: string): WebConfig {
  const paths = new Set([file]);
  const tls = webTlsDecoder(file);
  const decoder = d.object("web.Config", {
    tls_server_config: d.optional<WebTls>((node) => {
      for (const { key, value } of node.fields() ?? []) {
        if (key.endsWith("_file")) paths.add(resolve(dirname(file), value.text() ?? ""));
      }
      return tls(node);
    }),
    http_server_config: d.optional(
      d.object("web.HTTPConfig", {
        // Accepted, and HTTP/1.1 spoken: see docs/compatibility.md.
        http2: d.withDefault(d.boolean, true),
        headers: d.withDefault(d.refine(d.map(d.string), checkHeaders), {}),
      }),
    ),
    rate_limit: d.optional(rateLimitDecoder),
    basic_auth_users: d.withDefault(d.map(bcryptHash), {}),
  });
  const config = parseYamlFile(file, readFileSync(file), decoder);
  return {
    tls: config.tls_server_config,
    headers: config.http_server_config?.headers ?? {},
    rateLimit: config.rate_limit,
    users: new Map(Object.entries(config.basic_auth_users)),
    files: [...paths],
  };
}
