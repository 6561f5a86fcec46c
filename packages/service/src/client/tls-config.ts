// tls_config: whom we trust, who we are, which versions we speak. Goes to: client/secure.
import type { SecureVersion } from "node:tls";
import { type Decoder, d } from "../yaml/decode.js";
import { isSet, type Secret } from "../yaml/secret.js";

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

/** As an empty block. */
export const defaultTlsConfig: TlsConfig = {
  ca: undefined,
  ca_file: undefined,
  cert: undefined,
  cert_file: undefined,
  key: undefined,
  key_file: undefined,
  server_name: undefined,
  insecure_skip_verify: false,
  min_version: undefined,
  max_version: undefined,
};

const versions: Readonly<Record<string, SecureVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};

/** The name of a TLS version as configs write it, "TLS12". */
export const tlsVersionDecoder: Decoder<string> = d.parsed((text) => {
  if (!Object.hasOwn(versions, text)) throw new Error(`unknown TLS version: ${text}`);
  return text;
});

export function secureVersion(name: string | undefined): SecureVersion | undefined {
  return name === undefined ? undefined : versions[name];
}

/** OpenSSL 3 refuses TLS 1.0 and 1.1 at its default security level: who asks for them gets the level that has them. */
export function isLegacyVersion(version: SecureVersion | undefined): boolean {
  return version === "TLSv1" || version === "TLSv1.1";
}

export const tlsDecoder: Decoder<TlsConfig> = d.refine(
  d.object("config.TLSConfig", {
    ca: d.optional(d.string),
    ca_file: d.optional(d.string),
    cert: d.optional(d.string),
    cert_file: d.optional(d.string),
    key: d.optional(d.secret),
    key_file: d.optional(d.string),
    server_name: d.optional(d.string),
    insecure_skip_verify: d.withDefault(d.boolean, false),
    min_version: d.optional(tlsVersionDecoder),
    max_version: d.optional(tlsVersionDecoder),
  }),
  (tls, fail) => {
    const hasKey = isSet(tls.key) || isSet(tls.key_file);
    const hasCert = isSet(tls.cert) || isSet(tls.cert_file);
    if (isSet(tls.ca) && isSet(tls.ca_file)) fail("at most one of ca, ca_file & ca_ref must be configured");
    if (isSet(tls.cert) && isSet(tls.cert_file)) fail("at most one of cert, cert_file & cert_ref must be configured");
    if (isSet(tls.key) && isSet(tls.key_file)) fail("at most one of key and key_file must be configured");
    if (hasCert && !hasKey) {
      fail("exactly one of key or key_file must be configured when a client certificate is configured");
    }
    if (hasKey && !hasCert) fail("exactly one of cert or cert_file must be configured when a client key is configured");
    return tls;
  },
);
