import { expect, it } from "vitest";
import { parseYamlFile } from "../yaml/decode.js";
import { printYaml } from "../yaml/print.js";
import { type HttpClientConfig, httpClientDecoder, resolveHttpClientPaths } from "./config.js";

const oauth2 = (fields: string): string => `oauth2: {client_id: c, token_url: "http://t/token", ${fields}}`;
const jwt = "grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer";

function decode(text: string): HttpClientConfig {
  return parseYamlFile("f.yml", text, httpClientDecoder);
}

it.each([
  ["bearer_token: a\nbearer_token_file: f", "at most one of bearer_token & bearer_token_file must be configured"],
  [
    "basic_auth: {username: u}\nbearer_token: t",
    "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured",
  ],
  [
    `${oauth2("")}\nbearer_token: t`,
    "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured",
  ],
  [
    "basic_auth: {username: u, username_file: f}",
    "at most one of basic_auth username, username_file & username_ref must be configured",
  ],
  [
    "basic_auth: {password: u, password_file: f}",
    "at most one of basic_auth password, password_file & password_ref must be configured",
  ],
  [
    "authorization: {credentials: x}\nbearer_token: t",
    "authorization is not compatible with bearer_token & bearer_token_file",
  ],
  [
    "authorization: {credentials: x, credentials_file: f}",
    "at most one of authorization credentials & credentials_file must be configured",
  ],
  ["authorization: {type: Basic}", 'authorization type cannot be set to "basic", use "basic_auth" instead'],
  [
    "authorization: {credentials: x}\nbasic_auth: {username: u}",
    "at most one of basic_auth, oauth2 & authorization must be configured",
  ],
  [`${oauth2("")}\nbasic_auth: {username: u}`, "at most one of basic_auth, oauth2 & authorization must be configured"],
  ["oauth2: {token_url: http://t}", "oauth2 client_id must be configured"],
  ["oauth2: {client_id: c}", "oauth2 token_url must be configured"],
  [
    oauth2("client_secret: s, client_secret_file: f"),
    "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured",
  ],
  [
    oauth2(`${jwt}, client_certificate_key: s, client_certificate_key_file: f`),
    "at most one of oauth2 client_certificate_key, client_certificate_key_file & client_certificate_key_ref must be " +
      "configured using grant-type=urn:ietf:params:oauth:grant-type:jwt-bearer",
  ],
  [oauth2(`${jwt}, signature_algorithm: HS256`), "valid signature algorithms are RS256, RS384 and RS512"],
  [oauth2("grant_type: password"), 'unknown oauth2 grant_type "password"'],
  [oauth2("no_proxy: x"), "if no_proxy is configured, proxy_url must also be configured"],
  [
    "proxy_connect_header: {a: [b]}",
    "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
  ],
  [
    "proxy_from_environment: true\nproxy_url: http://p",
    "if proxy_from_environment is configured, proxy_url must not be configured",
  ],
  [
    "proxy_from_environment: true\nno_proxy: x",
    "if proxy_from_environment is configured, no_proxy must not be configured",
  ],
  ["no_proxy: x", "if no_proxy is configured, proxy_url must also be configured"],
  ["proxy_url: ftp://p", 'f.yml:1:12: unsupported proxy scheme "ftp"'],
  ["proxy_url: //p:3128", "f.yml:1:12: invalid proxy URL"],
  ["tls_config: {ca: a, ca_file: f}", "at most one of ca, ca_file & ca_ref must be configured"],
  ["tls_config: {cert: a, cert_file: f, key: k}", "at most one of cert, cert_file & cert_ref must be configured"],
  ["tls_config: {cert: a, key: k, key_file: f}", "at most one of key and key_file must be configured"],
  [
    "tls_config: {cert: a}",
    "exactly one of key or key_file must be configured when a client certificate is configured",
  ],
  ["tls_config: {key: a}", "exactly one of cert or cert_file must be configured when a client key is configured"],
  ["tls_config: {min_version: TLS9}", "f.yml:1:27: unknown TLS version: TLS9"],
  ["http_headers: {User-agent: {values: [a]}}", 'setting header "User-Agent" is not allowed'],
])("%s is refused", (text, message) => {
  expect(() => decode(text)).toThrow(message);
});

it("prints no secret of a proxy or a token endpoint", () => {
  const text =
    `${oauth2("client_secret: hunter2")}\nproxy_url: http://u:hunter2@p:3128/\n` +
    "proxy_connect_header: {x: [hunter2]}\nhttp_headers: {X-A: {secrets: [hunter2]}}";
  const printed = printYaml(decode(text));
  expect(printed).not.toContain("hunter2");
  expect(printed).toContain("proxy_url: http://u:xxxxx@p:3128/");
});

it("finds every file beside the config file", () => {
  const text =
    `${oauth2("client_secret_file: s, tls_config: {ca_file: oca}")}\n` +
    "tls_config: {ca_file: ca, cert_file: /c, key_file: k}\nhttp_headers: {X-A: {files: [h]}}";
  expect(resolveHttpClientPaths(decode(text), "/etc/x/f.yml")).toMatchObject({
    oauth2: { client_secret_file: "/etc/x/s", tls_config: { ca_file: "/etc/x/oca" } },
    tls_config: { ca_file: "/etc/x/ca", cert_file: "/c", key_file: "/etc/x/k" },
    http_headers: { "X-A": { files: ["/etc/x/h"] } },
  });
});
