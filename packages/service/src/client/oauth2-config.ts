// oauth2: how a token is asked for, by the client's secret or by an assertion it signs. Goes to: client/oauth2.
import { type Decoder, d } from "../yaml/decode.js";
import type { YamlNode } from "../yaml/node.js";
import { isSet, type Secret } from "../yaml/secret.js";
import { checkProxy, type ProxyConfig, proxyShape } from "./proxy-config.js";
import { type TlsConfig, tlsDecoder } from "./tls-config.js";

export const jwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export type GrantType = "client_credentials" | typeof jwtBearerGrant;
const grantTypes: readonly GrantType[] = ["client_credentials", jwtBearerGrant];
const signatureAlgorithms = ["RS256", "RS384", "RS512"];

export type OAuth2Config = ProxyConfig & {
  readonly client_id: string;
  readonly client_secret: Secret | undefined;
  readonly client_secret_file: string | undefined;
  readonly grant_type: GrantType;
  readonly client_certificate_key: Secret | undefined;
  readonly client_certificate_key_file: string | undefined;
  readonly client_certificate_key_id: string | undefined;
  readonly signature_algorithm: string | undefined;
  /** `client_id` when absent. */
  readonly iss: string | undefined;
  /** `token_url` when absent. */
  readonly audience: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  readonly token_url: string;
  readonly endpoint_params: Readonly<Record<string, string>>;
  readonly tls_config: TlsConfig | undefined;
};

/** Any YAML value, as JSON would hold it: claims are the user's own. */
function plainValue(node: YamlNode): unknown {
  if (node.isNull()) return null;
  const items = node.items();
  if (items) return items.map(plainValue);
  const fields = node.fields();
  if (fields) return Object.fromEntries(fields.map((field) => [field.key, plainValue(field.value)]));
  return node.primitive() ?? node.text() ?? null;
}

const grantType: Decoder<GrantType> = d.parsed((text) => {
  const found = grantTypes.find((type) => type === (text || "client_credentials"));
  if (!found) throw new Error(`unknown oauth2 grant_type ${JSON.stringify(text)}, expected ${grantTypes.join(" or ")}`);
  return found;
});

export const oauth2Decoder: Decoder<OAuth2Config> = d.refine(
  d.object("config.OAuth2", {
    client_id: d.withDefault(d.string, ""),
    client_secret: d.optional(d.secret),
    client_secret_file: d.optional(d.string),
    grant_type: d.withDefault<GrantType>(grantType, "client_credentials"),
    client_certificate_key: d.optional(d.secret),
    client_certificate_key_file: d.optional(d.string),
    client_certificate_key_id: d.optional(d.string),
    signature_algorithm: d.optional(d.string),
    iss: d.optional(d.string),
    audience: d.optional(d.string),
    claims: d.withDefault(d.map(plainValue), {}),
    scopes: d.withDefault(d.list(d.string), []),
    token_url: d.withDefault(d.string, ""),
    endpoint_params: d.withDefault(d.map(d.string), {}),
    tls_config: d.optional(tlsDecoder),
    ...proxyShape,
  }),
  (config, fail) => {
    if (config.client_id === "") fail("oauth2 client_id must be configured");
    if (config.token_url === "") fail("oauth2 token_url must be configured");
    if (!/^https?:\/\/[^/]/i.test(config.token_url) || !URL.canParse(config.token_url)) {
      fail(`oauth2 token_url ${JSON.stringify(config.token_url)} is not an http or https URL`);
    }
    if (config.grant_type === jwtBearerGrant) checkAssertion(config, fail);
    else if (isSet(config.client_secret) && isSet(config.client_secret_file)) {
      fail("at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured");
    }
    checkProxy(config, fail);
    return config;
  },
);

type AssertionFields = Pick<
  OAuth2Config,
  "client_certificate_key" | "client_certificate_key_file" | "signature_algorithm"
>;

function checkAssertion(config: AssertionFields, fail: (text: string) => never): void {
  if (isSet(config.client_certificate_key) && isSet(config.client_certificate_key_file)) {
    fail(
      "at most one of oauth2 client_certificate_key, client_certificate_key_file & client_certificate_key_ref " +
        `must be configured using grant-type=${jwtBearerGrant}`,
    );
  }
  if (isSet(config.signature_algorithm) && !signatureAlgorithms.includes(config.signature_algorithm ?? "")) {
    fail("valid signature algorithms are RS256, RS384 and RS512");
  }
}
