// The server that a command talks to: its URL as the user typed it, the client of --http.config.file.
import { readFileSync } from "node:fs";
import {
  createHttpClient,
  defaultHttpClientConfig,
  type FlagSpec,
  type HttpClient,
  httpClientDecoder,
  parseYamlFile,
  resolveHttpClientPaths,
  stringFlag,
  stringsFlag,
  UsageError,
} from "@narthex/service";

export const httpFlags: { readonly "http.config.file": FlagSpec<string> } = {
  "http.config.file": stringFlag("", "HTTP client configuration: TLS, authentication, proxy."),
};

export const headerFlags: { readonly header: FlagSpec<readonly string[]> } = {
  header: stringsFlag([], "Extra headers to send to the server: Name=value."),
};

export const replyBytesMax: number = 1024 * 1024 * 1024;

/** Throws ConfigError for a file that is wrong. An empty name is no file. */
export function createToolClient(configFile: string): HttpClient {
  const config =
    configFile === ""
      ? defaultHttpClientConfig
      : resolveHttpClientPaths(
          parseYamlFile(configFile, readFileSync(configFile, "utf8"), httpClientDecoder),
          configFile,
        );
  return createHttpClient(config, { userAgent: "narthex-tool" });
}

/** Without a slash at its end; http where no scheme is given. Throws UsageError. */
export function serverUrl(text: string): string {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) throw new UsageError(`${JSON.stringify(text)} is not a URL`);
  return url.replace(/\/+$/, "");
}

/** From "Name=value", as promtool takes them. Throws UsageError. */
export function headersFrom(texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value] = /^([^=:]+)[=:]\s*(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(`--header: expected Name=value, got '${text}'`);
    headers[name] = value;
  }
  return headers;
}
