// A signed JWT that stands for a client at a token endpoint (RFC 7523). Goes to: client/oauth2.
import { createPrivateKey, type KeyObject, randomUUID, sign } from "node:crypto";
import type { OAuth2Config } from "./oauth2-config.js";

const hashes: Readonly<Record<string, string>> = { RS256: "sha256", RS384: "sha384", RS512: "sha512" };
const lifetimeSeconds = 600;

/** `key` is an RSA private key in PEM. Claims of the config go over ours. */
export function signAssertion(config: OAuth2Config, key: string, nowMs: number): string {
  const algorithm = config.signature_algorithm || "RS256";
  const seconds = Math.floor(nowMs / 1000);
  const header = {
    alg: algorithm,
    typ: "JWT",
    ...(config.client_certificate_key_id ? { kid: config.client_certificate_key_id } : {}),
  };
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
  const signed = `${encodePart(header)}.${encodePart(claims)}`;
  return `${signed}.${sign(hashes[algorithm], Buffer.from(signed), rsaKey(key)).toString("base64url")}`;
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function rsaKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new Error("oauth2 client_certificate_key is not a private key in PEM", { cause: error });
  }
  if (key.asymmetricKeyType !== "rsa") throw new Error("oauth2 client_certificate_key is not an RSA key");
  return key;
}
