// Prometheus' web config file: TLS for the server, users with bcrypt passwords, response headers.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { SecureVersion } from "node:tls";
import { type Decoder, d, parseYamlFile } from "../yaml/decode.js";

export type WebConfig = {
  readonly tls:
    | {
        readonly cert: Buffer;
        readonly key: Buffer;
        readonly ca?: Buffer;
        readonly requestCert: boolean;
        readonly rejectUnauthorized: boolean;
        readonly minVersion: SecureVersion;
        readonly maxVersion: SecureVersion;
      }
    | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** User name → bcrypt hash. */
  readonly users: ReadonlyMap<string, string>;
};

const versions: Readonly<Record<string, SecureVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};
const clientAuthTypes = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
const headerNames = [
  "Content-Security-Policy",
  "X-Frame-Options",
  "X-Content-Type-Options",
  "X-XSS-Protection",
  "Strict-Transport-Security",
];

const tlsVersion: Decoder<SecureVersion> = d.parsed((text) => {
  const version = versions[text];
  if (!version) throw new Error(`unknown TLS version: ${text}`);
  return version;
});

const tlsShape = d.object("web.TLSConfig", {
  cert_file: d.optional(d.string),
  key_file: d.optional(d.string),
  client_auth_type: d.withDefault(d.oneOf(clientAuthTypes), "NoClientCert"),
  client_ca_file: d.optional(d.string),
  min_version: d.withDefault(tlsVersion, "TLSv1.2"),
  max_version: d.withDefault(tlsVersion, "TLSv1.3"),
  cipher_suites: d.withDefault(d.list(d.string), []),
  prefer_server_cipher_suites: d.withDefault(d.boolean, true),
  curve_preferences: d.withDefault(d.list(d.string), []),
});

const webConfig = d.object("web.Config", {
  tls_server_config: d.optional(tlsShape),
  http_server_config: d.optional(
    d.object("web.HTTPConfig", {
      http2: d.withDefault(d.boolean, true),
      headers: d.refine(d.withDefault(d.map(d.string), {}), checkHeaders),
    }),
  ),
  basic_auth_users: d.withDefault(d.map(d.string), {}),
});

function checkHeaders(headers: Readonly<Record<string, string>>, fail: (text: string) => never): typeof headers {
  const unknown = Object.keys(headers).find((name) => !headerNames.includes(name));
  return unknown === undefined ? headers : fail(`HTTP header ${JSON.stringify(unknown)} can not be configured`);
}

/** Throws ConfigError, or an Error that names the file that cannot be read. Paths are relative to the config file. */
export function loadWebConfig(file: string): WebConfig {
  const config = parseYamlFile(file, readFileSync(file, "utf8"), webConfig);
  const read = (path: string): Buffer => readFileSync(resolve(dirname(file), path));
  return {
    tls: config.tls_server_config && loadTls(config.tls_server_config, read),
    headers: config.http_server_config?.headers ?? {},
    users: new Map(Object.entries(config.basic_auth_users)),
  };
}

function loadTls(config: ReturnType<typeof tlsShape>, read: (path: string) => Buffer): WebConfig["tls"] {
  if (!config.cert_file) throw new Error("web config: missing cert_file");
  if (!config.key_file) throw new Error("web config: missing key_file");
  const verifies = config.client_auth_type === "RequireAndVerifyClientCert";
  if (verifies && !config.client_ca_file) throw new Error("web config: client_auth_type needs client_ca_file");
  return {
    cert: read(config.cert_file),
    key: read(config.key_file),
    ...(config.client_ca_file ? { ca: read(config.client_ca_file) } : {}),
    requestCert: config.client_auth_type !== "NoClientCert",
    rejectUnauthorized: verifies,
    minVersion: config.min_version,
    maxVersion: config.max_version,
  };
}
