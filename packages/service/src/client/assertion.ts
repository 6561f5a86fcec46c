// A signed JWT that stands for a client at a token endpoint (RFC 7523). Goes to: client/oauth2.
import { randomUUID } from "node:crypto";
import { type JwtAlgorithm, signJwt } from "./jwt.js";
import type { OAuth2Config } from "./oauth2-config.js";

const lifetimeSeconds = 600;

/** `key` is an RSA private key in PEM. Claims of the config go over ours. */
export function signAssertion(config: OAuth2Config, key: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const claims = {
    iss: config.iss || config.client_id,
    sub: config.client_id,
    jti: randomUUID(),
    aud: config.audience || config.token_url,
    iat: seconds,
    exp: seconds + lifetimeSeconds,
    ...(config.scopes.length > 0 ? { scope: config.scopes.join(" ") } : {}),
    ...config.claims,
  };
  // The config's decoder lets only these pass.
  const algorithm = (config.signature_algorithm || "RS256") as JwtAlgorithm;
  const keyId = config.client_certificate_key_id ?? "";
  return signJwt({ algorithm, keyId, claims }, key, "oauth2 client_certificate_key");
}
