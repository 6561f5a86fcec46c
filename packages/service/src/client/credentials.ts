// Who we are, as headers of one request. Files are read at each use, so that a rotated secret needs no reload.
import { isSet } from "../yaml/secret.js";
import type { BasicAuth } from "./auth-config.js";
import type { HttpClientConfig } from "./config.js";
import { secretFileText, secretText } from "./secret-file.js";

/** The Authorization header, unless a token source makes it. */
export function authorizationHeader(config: HttpClientConfig): string | undefined {
  if (config.basic_auth) return basicHeader(config.basic_auth);
  const auth = config.authorization;
  if (auth) return `${auth.type} ${secretText(auth.credentials, auth.credentials_file)}`;
  if (isSet(config.bearer_token) || isSet(config.bearer_token_file)) {
    return `Bearer ${secretText(config.bearer_token, config.bearer_token_file)}`;
  }
  return undefined;
}

export function configuredHeaders(config: HttpClientConfig): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, header] of Object.entries(config.http_headers ?? {})) {
    headers[name.toLowerCase()] = [
      ...header.values,
      ...header.secrets.map((secret) => secret.reveal()),
      ...header.files.map(secretFileText),
    ];
  }
  return headers;
}

function basicHeader(auth: BasicAuth): string {
  const user = secretText(auth.username, auth.username_file);
  const password = secretText(auth.password, auth.password_file);
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
