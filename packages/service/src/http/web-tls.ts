// tls_server_config: our certificate, whose clients may connect, versions, ciphers and curves in Go's names.
// Comes from: http/web-config. Goes to: http/secure-server.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext, type SecureVersion } from "node:tls";
import { isLegacyVersion, secureVersion, tlsVersionDecoder } from "../client/tls-config.js";
import { type Decoded, type Decoder, d, type OptionalDecoder } from "../yaml/decode.js";
import { isSet } from "../yaml/secret.js";

const clientAuthTypes = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
export type ClientAuthType = (typeof clientAuthTypes)[number];

export type WebTls = {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  readonly ciphers?: string;
  readonly ecdhCurve?: string;
  readonly honorCipherOrder: boolean;
  readonly clientAuthType: ClientAuthType;
  /** Empty: every name is allowed. */
  readonly clientAllowedSans: readonly string[];
};

const cipherNames: Readonly<Record<string, string>> = {
  TLS_RSA_WITH_AES_128_CBC_SHA: "AES128-SHA",
  TLS_RSA_WITH_AES_256_CBC_SHA: "AES256-SHA",
  TLS_RSA_WITH_AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  TLS_RSA_WITH_AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
};
// TLS 1.3 has its own suites, which no list in Go's manner changes.
const modernCiphers = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

const curveNames: Readonly<Record<string, string>> = {
  CurveP256: "prime256v1",
  CurveP384: "secp384r1",
  CurveP521: "secp521r1",
  X25519: "X25519",
};

const cipher: Decoder<string> = d.parsed((text) => {
  if (modernCiphers.includes(text)) return text;
  const name = Object.hasOwn(cipherNames, text) ? cipherNames[text] : undefined;
  if (name === undefined) throw new Error(`unknown cipher: ${text}`);
  return name;
});

const curve: Decoder<string> = d.parsed((text) => {
  const name = Object.hasOwn(curveNames, text) ? curveNames[text] : undefined;
  if (name === undefined) throw new Error(`unknown curve: ${text}`);
  return name;
});

/** The text of a file beside `configFile`; a file that cannot be read is a mistake where it is named. */
function fileText(configFile: string): Decoder<string> {
  return d.parsed((path) => (path === "" ? "" : readFileSync(resolve(dirname(configFile), path), "utf8")));
}

const plainShape = {
  cert: d.optional(d.string),
  key: d.optional(d.secret),
  client_ca: d.optional(d.string),
  client_auth_type: d.withDefault(
    d.parsed((text): ClientAuthType => {
      const found = clientAuthTypes.find((type) => type === (text || "NoClientCert"));
      if (!found) throw new Error(`Invalid ClientAuth: ${text}`);
      return found;
    }),
    "NoClientCert",
  ),
  client_allowed_sans: d.withDefault(d.list(d.string), []),
  min_version: d.withDefault(tlsVersionDecoder, "TLS12"),
  max_version: d.withDefault(tlsVersionDecoder, "TLS13"),
  cipher_suites: d.withDefault(d.list(cipher), []),
  prefer_server_cipher_suites: d.withDefault(d.boolean, true),
  curve_preferences: d.withDefault(d.list(curve), []),
};

// What stands in a file reads as its text: the certificate, whether inline or not, is then the same thing.
function shapeOf(configFile: string): typeof plainShape & Record<FileField, OptionalDecoder<string | undefined>> {
  const file = d.optional(fileText(configFile));
  return { ...plainShape, cert_file: file, key_file: file, client_ca_file: file };
}

type FileField = "cert_file" | "key_file" | "client_ca_file";
type Fields = Decoded<ReturnType<typeof shapeOf>>;

export function webTlsDecoder(configFile: string): Decoder<WebTls> {
  return d.refine(d.object("web.TLSConfig", shapeOf(configFile)), (fields, fail) => {
    checkFields(fields, fail);
    const tls = webTlsFrom(fields);
    try {
      createSecureContext(tls);
    } catch (error) {
      fail(`certificate, key and ciphers do not go together: ${(error as Error).message}`);
    }
    return tls;
  });
}

function checkFields(fields: Fields, fail: (text: string) => never): void {
  if (isSet(fields.cert) && isSet(fields.cert_file)) fail("at most one of cert and cert_file must be configured");
  if (isSet(fields.key) && isSet(fields.key_file)) fail("at most one of key and key_file must be configured");
  if (isSet(fields.client_ca) && isSet(fields.client_ca_file)) {
    fail("at most one of client_ca and client_ca_file must be configured");
  }
  if (!isSet(fields.cert) && !isSet(fields.cert_file)) fail("missing one of cert or cert_file");
  if (!isSet(fields.key) && !isSet(fields.key_file)) fail("missing one of key or key_file");
  const hasCa = isSet(fields.client_ca) || isSet(fields.client_ca_file);
  if (hasCa && fields.client_auth_type === "NoClientCert") {
    fail("Client CA's have been configured without a Client Auth Policy");
  }
  if (fields.client_allowed_sans.length > 0 && !fields.client_auth_type.startsWith("Require")) {
    fail("client_allowed_sans needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert");
  }
}

function webTlsFrom(fields: Fields): WebTls {
  const ca = fields.client_ca || fields.client_ca_file;
  const minVersion = secureVersion(fields.min_version) ?? "TLSv1.2";
  const ciphers = [...fields.cipher_suites, ...modernCiphers.filter((name) => !fields.cipher_suites.includes(name))];
  const level = isLegacyVersion(minVersion) ? ["@SECLEVEL=0"] : [];
  const isChosen = fields.cipher_suites.length > 0;
  return {
    cert: fields.cert || fields.cert_file || "",
    key: fields.key?.reveal() || fields.key_file || "",
    ...(ca ? { ca } : {}),
    minVersion,
    maxVersion: secureVersion(fields.max_version) ?? "TLSv1.3",
    ...(isChosen || level.length > 0
      ? { ciphers: [...(isChosen ? [] : ["DEFAULT"]), ...ciphers, ...level].join(":") }
      : {}),
    ...(fields.curve_preferences.length > 0 ? { ecdhCurve: fields.curve_preferences.join(":") } : {}),
    honorCipherOrder: fields.prefer_server_cipher_suites,
    clientAuthType: fields.client_auth_type,
    clientAllowedSans: fields.client_allowed_sans,
  };
}
