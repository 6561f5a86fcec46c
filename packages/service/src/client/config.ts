// How we call others: the HTTP client block that scrape_configs, alertmanagers, discovery and receivers share.
import { dirname, resolve } from "node:path";
import type { SecureVersion } from "node:tls";
import { type Decoder, d, type OptionalDecoder } from "../yaml/decode.js";
import type { Secret } from "../yaml/secret.js";

export type TlsConfig = {
  readonly ca: string | undefined;
  readonly ca_file: string | undefined;
  readonly cert: string | undefined;
  readonly cert_file: string | undefined;
  readonly key: Secret | undefined;
  readonly key_file: string | undefined;
  readonly server_name: string | undefined;
  readonly insecure_skip_verify: boolean;
  readonly min_version: string | undefined;
  readonly max_version: string | undefined;
};

export type BasicAuth = {
  readonly username: string | undefined;
  readonly username_file: string | undefined;
  readonly password: Secret | undefined;
  readonly password_file: string | undefined;
};

export type Authorization = {
  readonly type: string;
  readonly credentials: Secret | undefined;
  readonly credentials_file: string | undefined;
};

export type HttpHeader = {
  readonly values: readonly string[];
  readonly secrets: readonly Secret[];
  readonly files: readonly string[];
};

/** As decoded; fields that no code acts upon yet are refused at load. */
export type HttpClientConfig = {
  readonly basic_auth: BasicAuth | undefined;
  readonly authorization: Authorization | undefined;
  readonly bearer_token: Secret | undefined;
  readonly bearer_token_file: string | undefined;
  readonly oauth2: undefined;
  readonly tls_config: TlsConfig | undefined;
  readonly follow_redirects: boolean;
  readonly enable_http2: boolean;
  readonly proxy_url: undefined;
  readonly no_proxy: string | undefined;
  readonly proxy_from_environment: boolean;
  readonly proxy_connect_header: undefined;
  readonly http_headers: Readonly<Record<string, HttpHeader>> | undefined;
};

const tlsVersions: Readonly<Record<string, SecureVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};

const tlsVersion: Decoder<string> = d.parsed((text) => {
  if (!tlsVersions[text]) throw new Error(`unknown TLS version: ${text}`);
  return text;
});

export function secureVersion(name: string | undefined): SecureVersion | undefined {
  return name === undefined ? undefined : tlsVersions[name];
}

const tlsConfig: Decoder<TlsConfig> = d.refine(
  d.object("config.TLSConfig", {
    ca: d.optional(d.string),
    ca_file: d.optional(d.string),
    cert: d.optional(d.string),
    cert_file: d.optional(d.string),
    key: d.optional(d.secret),
    key_file: d.optional(d.string),
    server_name: d.optional(d.string),
    insecure_skip_verify: d.withDefault(d.boolean, false),
    min_version: d.optional(tlsVersion),
    max_version: d.optional(tlsVersion),
  }),
  (tls, fail) => {
    if (tls.ca && tls.ca_file) fail("at most one of ca and ca_file must be configured");
    if (tls.cert && tls.cert_file) fail("at most one of cert and cert_file must be configured");
    if (tls.key && tls.key_file) fail("at most one of key and key_file must be configured");
    const hasCert = Boolean(tls.cert ?? tls.cert_file);
    const hasKey = Boolean(tls.key ?? tls.key_file);
    if (hasCert && !hasKey)
      fail("exactly one of key or key_file must be configured when a client certificate is configured");
    if (hasKey && !hasCert) fail("exactly one of cert or cert_file must be configured when a client key is configured");
    return tls;
  },
);

const basicAuth: Decoder<BasicAuth> = d.refine(
  d.object("config.BasicAuth", {
    username: d.optional(d.string),
    username_file: d.optional(d.string),
    password: d.optional(d.secret),
    password_file: d.optional(d.string),
  }),
  (auth, fail) => {
    if (auth.username && auth.username_file)
      fail("at most one of basic_auth username & username_file must be configured");
    if (auth.password && auth.password_file)
      fail("at most one of basic_auth password & password_file must be configured");
    return auth;
  },
);

const authorization: Decoder<Authorization> = d.refine(
  d.object("config.Authorization", {
    type: d.withDefault(d.string, "Bearer"),
    credentials: d.optional(d.secret),
    credentials_file: d.optional(d.string),
  }),
  (auth, fail) => {
    if (auth.type.toLowerCase() === "basic")
      fail('authorization type cannot be set to "basic", use "basic_auth" instead');
    if (auth.credentials && auth.credentials_file) {
      fail("at most one of authorization credentials & credentials_file must be configured");
    }
    return auth;
  },
);

const httpHeader: Decoder<HttpHeader> = d.object("config.Header", {
  values: d.withDefault(d.list(d.string), []),
  secrets: d.withDefault(d.list(d.secret), []),
  files: d.withDefault(d.list(d.string), []),
});

const reservedHeaders = new Set([
  "authorization",
  "host",
  "content-encoding",
  "content-length",
  "content-type",
  "user-agent",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "www-authenticate",
  "accept-encoding",
  "x-prometheus-remote-write-version",
  "x-prometheus-remote-read-version",
  "x-prometheus-scrape-timeout-seconds",
  "accept",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-content-sha256",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const httpHeaders: Decoder<Readonly<Record<string, HttpHeader>>> = d.refine(d.map(httpHeader), (headers, fail) => {
  const reserved = Object.keys(headers).find((name) => reservedHeaders.has(name.toLowerCase()));
  return reserved === undefined
    ? headers
    : fail(`setting header ${JSON.stringify(canonicalHeader(reserved))} is not allowed`);
});

function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (part) => part.toUpperCase());
}

const unsupported: Decoder<never> = (node) => node.fail("this HTTP client option is not supported yet");

/** Fields to spread into the shape of a config that carries the HTTP client block inline; then call `checkHttpClient`. */
export const httpClientShape: { readonly [Key in keyof HttpClientConfig]: OptionalDecoder<HttpClientConfig[Key]> } = {
  basic_auth: d.optional(basicAuth),
  authorization: d.optional(authorization),
  bearer_token: d.optional(d.secret),
  bearer_token_file: d.optional(d.string),
  oauth2: d.optional(unsupported),
  tls_config: d.optional(tlsConfig),
  follow_redirects: d.withDefault(d.boolean, true),
  enable_http2: d.withDefault(d.boolean, true),
  proxy_url: d.optional(unsupported),
  no_proxy: d.optional(d.string),
  proxy_from_environment: d.withDefault(d.boolean, false),
  proxy_connect_header: d.optional(unsupported),
  http_headers: d.optional(httpHeaders),
};

/** Rules over several fields, with Prometheus' texts. */
export function checkHttpClient<T extends HttpClientConfig>(config: T, fail: (text: string) => never): T {
  const hasBearer = Boolean(config.bearer_token ?? config.bearer_token_file);
  if (config.bearer_token && config.bearer_token_file)
    fail("at most one of bearer_token & bearer_token_file must be configured");
  if (config.basic_auth && hasBearer) {
    fail("at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
  }
  if (config.authorization && hasBearer) fail("authorization is not compatible with bearer_token & bearer_token_file");
  if (config.authorization && config.basic_auth)
    fail("at most one of basic_auth, oauth2 & authorization must be configured");
  if (config.proxy_from_environment) fail("proxy_from_environment is not supported yet");
  return config;
}

/** For places where the block stands alone, such as Alertmanager's http_config. */
export const httpClientDecoder: Decoder<HttpClientConfig> = d.refine(
  d.object("config.HTTPClientConfig", httpClientShape),
  checkHttpClient,
);

export const defaultHttpClientConfig: HttpClientConfig = {
  basic_auth: undefined,
  authorization: undefined,
  bearer_token: undefined,
  bearer_token_file: undefined,
  oauth2: undefined,
  tls_config: undefined,
  follow_redirects: true,
  enable_http2: true,
  proxy_url: undefined,
  no_proxy: undefined,
  proxy_from_environment: false,
  proxy_connect_header: undefined,
  http_headers: undefined,
};

/** File paths made absolute against the folder of the config file that names them. */
export function resolveHttpClientPaths<T extends HttpClientConfig>(config: T, configFile: string): T {
  const at = <P extends string | undefined>(path: P): P => (path ? (resolve(dirname(configFile), path) as P) : path);
  const { basic_auth: basic, authorization: auth, tls_config: tls, http_headers: headers } = config;
  return {
    ...config,
    bearer_token_file: at(config.bearer_token_file),
    basic_auth: basic && { ...basic, username_file: at(basic.username_file), password_file: at(basic.password_file) },
    authorization: auth && { ...auth, credentials_file: at(auth.credentials_file) },
    tls_config: tls && { ...tls, ca_file: at(tls.ca_file), cert_file: at(tls.cert_file), key_file: at(tls.key_file) },
    http_headers:
      headers &&
      Object.fromEntries(
        Object.entries(headers).map(([name, h]) => [name, { ...h, files: h.files.map((file) => at(file)) }]),
      ),
  };
}
