// How we call others: the HTTP client block that scrape_configs, alertmanagers, discovery and receivers share.
// Comes from: config files. Goes to: client/client.
import { dirname, resolve } from "node:path";
import { type Decoder, d, type OptionalDecoder } from "../yaml/decode.js";
import { isSet, type Secret } from "../yaml/secret.js";
import { type Authorization, authorizationDecoder, type BasicAuth, basicAuthDecoder } from "./auth-config.js";
import { type HttpHeader, httpHeadersDecoder } from "./header-config.js";
import { type OAuth2Config, oauth2Decoder } from "./oauth2-config.js";
import { checkProxy, type ProxyConfig, proxyShape } from "./proxy-config.js";
import { type TlsConfig, tlsDecoder } from "./tls-config.js";

/** As decoded. */
export type HttpClientConfig = ProxyConfig & {
  readonly basic_auth: BasicAuth | undefined;
  readonly authorization: Authorization | undefined;
  readonly bearer_token: Secret | undefined;
  readonly bearer_token_file: string | undefined;
  readonly oauth2: OAuth2Config | undefined;
  readonly tls_config: TlsConfig | undefined;
  readonly follow_redirects: boolean;
  /** Offers HTTP/2 to servers that are called over TLS. */
  readonly enable_http2: boolean;
  readonly http_headers: Readonly<Record<string, HttpHeader>> | undefined;
};

/** Fields to spread into the shape of a config that carries the HTTP client block inline; then call `checkHttpClient`. */
export const httpClientShape: { readonly [Key in keyof HttpClientConfig]: OptionalDecoder<HttpClientConfig[Key]> } = {
  basic_auth: d.optional(basicAuthDecoder),
  authorization: d.optional(authorizationDecoder),
  bearer_token: d.optional(d.secret),
  bearer_token_file: d.optional(d.string),
  oauth2: d.optional(oauth2Decoder),
  tls_config: d.optional(tlsDecoder),
  follow_redirects: d.withDefault(d.boolean, true),
  enable_http2: d.withDefault(d.boolean, true),
  ...proxyShape,
  http_headers: d.optional(httpHeadersDecoder),
};

/** Rules over several fields, with Prometheus' texts. */
export function checkHttpClient<T extends HttpClientConfig>(config: T, fail: (text: string) => never): T {
  const hasBearer = isSet(config.bearer_token) || isSet(config.bearer_token_file);
  if (isSet(config.bearer_token) && isSet(config.bearer_token_file)) {
    fail("at most one of bearer_token & bearer_token_file must be configured");
  }
  if ((config.basic_auth || config.oauth2) && hasBearer) {
    fail("at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
  }
  if (config.authorization && hasBearer) fail("authorization is not compatible with bearer_token & bearer_token_file");
  const identities = [config.authorization, config.basic_auth, config.oauth2].filter((one) => one !== undefined);
  if (identities.length > 1) fail("at most one of basic_auth, oauth2 & authorization must be configured");
  checkProxy(config, fail);
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

type Resolve = <P extends string | undefined>(path: P) => P;

/** File paths made absolute against the folder of the config file that names them. */
export function resolveHttpClientPaths<T extends HttpClientConfig>(config: T, configFile: string): T {
  const at: Resolve = (path) => (path ? (resolve(dirname(configFile), path) as typeof path) : path);
  const { basic_auth: basic, authorization: auth, http_headers: headers } = config;
  return {
    ...config,
    bearer_token_file: at(config.bearer_token_file),
    basic_auth: basic && { ...basic, username_file: at(basic.username_file), password_file: at(basic.password_file) },
    authorization: auth && { ...auth, credentials_file: at(auth.credentials_file) },
    oauth2: resolveOAuth2(config.oauth2, at),
    tls_config: resolveTls(config.tls_config, at),
    http_headers:
      headers &&
      Object.fromEntries(
        Object.entries(headers).map(([name, h]) => [name, { ...h, files: h.files.map((file) => at(file)) }]),
      ),
  };
}

/** The same for a tls_config that stands alone. */
export function resolveTlsPaths(tls: TlsConfig | undefined, configFile: string): TlsConfig | undefined {
  return resolveTls(tls, (path) => (path ? (resolve(dirname(configFile), path) as typeof path) : path));
}

function resolveTls(tls: TlsConfig | undefined, at: Resolve): TlsConfig | undefined {
  return tls && { ...tls, ca_file: at(tls.ca_file), cert_file: at(tls.cert_file), key_file: at(tls.key_file) };
}

function resolveOAuth2(oauth2: OAuth2Config | undefined, at: Resolve): OAuth2Config | undefined {
  return (
    oauth2 && {
      ...oauth2,
      client_secret_file: at(oauth2.client_secret_file),
      client_certificate_key_file: at(oauth2.client_certificate_key_file),
      tls_config: resolveTls(oauth2.tls_config, at),
    }
  );
}
