// A signed JSON web token (RFC 7519, RFC 7518): who we are for a token endpoint. Goes to: client/assertion, discovery.
import { createPrivateKey, type KeyObject, sign } from "node:crypto";

const hashes = { RS256: "sha256", RS384: "sha384", RS512: "sha512" } as const;
export type JwtAlgorithm = keyof typeof hashes;

export type Jwt = {
  readonly algorithm: JwtAlgorithm;
  /** Of the header; "" for none. */
  readonly keyId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Other fields of the header, such as a certificate's. */
  readonly header?: Readonly<Record<string, unknown>>;
};

/** `key` is an RSA private key in PEM; `keyName` is what an error calls it. */
export function signJwt(jwt: Jwt, key: string, keyName: string, passphrase?: string): string {
  const { algorithm, keyId, claims, header: others = {} } = jwt;
  const header = { alg: algorithm, typ: "JWT", ...(keyId === "" ? {} : { kid: keyId }), ...others };
  const signed = `${encodePart(header)}.${encodePart(claims)}`;
  const signature = sign(hashes[algorithm], Buffer.from(signed), rsaKey({ key, passphrase }, keyName));
  return `${signed}.${signature.toString("base64url")}`;
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

type LockedKey = { readonly key: string; readonly passphrase: string | undefined };

function rsaKey({ key: pem, passphrase }: LockedKey, name: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, ...(passphrase ? { passphrase } : {}) });
  } catch (error) {
    throw new Error(`${name} is not a private key in PEM`, { cause: error });
  }
  if (key.asymmetricKeyType !== "rsa") throw new Error(`${name} is not an RSA key`);
  return key;
}
