// TLS options from tls_config; files are read again when they change, so that rotated certificates need no reload.
// Comes from: client/tls-config. Goes to: client/transport.
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { fileStamp } from "../stamp.js";
import { isLegacyVersion, secureVersion, type TlsConfig } from "./tls-config.js";

/** Who we are for TLS, as PEM. */
export type ClientCertificate = { readonly cert: string; readonly key: string };

/** Returns the same object until a file changes. Throws an Error that names the file that cannot be read. */
export type TlsSource = () => ConnectionOptions;

export function tlsSource(config: TlsConfig | undefined): TlsSource {
  const paths = [config?.ca_file, config?.cert_file, config?.key_file].filter((path) => path !== undefined);
  let stamp: string | undefined;
  let options: ConnectionOptions = {};
  return () => {
    const seen = fileStamp(paths);
    if (stamp === seen) return options;
    options = config ? tlsOptions(config) : {};
    stamp = seen;
    return options;
  };
}

/** With a certificate that takes the config's place while there is one; it is another object when it changes. */
export function withCertificate(source: TlsSource, certificate: () => ClientCertificate | undefined): TlsSource {
  let seen: { readonly options: ConnectionOptions; readonly own: ClientCertificate } | undefined;
  let joined: ConnectionOptions = {};
  return () => {
    const options = source();
    const own = certificate();
    if (own === undefined) return options;
    if (seen?.options !== options || seen.own !== own) {
      seen = { options, own };
      joined = { ...options, ...own };
    }
    return joined;
  };
}

function tlsOptions(tls: TlsConfig): ConnectionOptions {
  const minVersion = secureVersion(tls.min_version) ?? "TLSv1.2";
  const maxVersion = secureVersion(tls.max_version);
  return {
    ca: tls.ca || fileBytes(tls.ca_file),
    cert: tls.cert || fileBytes(tls.cert_file),
    key: tls.key?.reveal() || fileBytes(tls.key_file),
    rejectUnauthorized: !tls.insecure_skip_verify,
    minVersion,
    ...(isLegacyVersion(minVersion) ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
    ...(maxVersion ? { maxVersion } : {}),
    ...(tls.server_name ? { servername: tls.server_name } : {}),
  };
}

function fileBytes(path: string | undefined): Buffer | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`cannot read the TLS file ${path}`, { cause: error });
  }
}
