// Credentials of one request. Files are read at each use, so that a rotated secret needs no reload.
import { readFileSync } from "node:fs";
import type { BasicAuth, HttpClientConfig } from "./config.js";

export function credentialHeaders(config: HttpClientConfig): Record<string, string> {
  const headers: Record<string, string> = {};
  if (config.basic_auth) headers["authorization"] = basicHeader(config.basic_auth);
  const auth = config.authorization;
  if (auth) headers["authorization"] = `${auth.type} ${auth.credentials?.reveal() ?? fileText(auth.credentials_file)}`;
  if (config.bearer_token || config.bearer_token_file) {
    headers["authorization"] = `Bearer ${config.bearer_token?.reveal() ?? fileText(config.bearer_token_file)}`;
  }
  return headers;
}

export function configuredHeaders(config: HttpClientConfig): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, header] of Object.entries(config.http_headers ?? {})) {
    headers[name.toLowerCase()] = [
      ...header.values,
      ...header.secrets.map((secret) => secret.reveal()),
      ...header.files.map(fileText),
    ];
  }
  return headers;
}

function basicHeader(auth: BasicAuth): string {
  const user = auth.username ?? fileText(auth.username_file);
  const password = auth.password?.reveal() ?? fileText(auth.password_file);
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function fileText(path: string | undefined): string {
  if (path === undefined) return "";
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new Error(`cannot read the secret file ${path}`, { cause: error });
  }
}
