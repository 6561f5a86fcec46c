// http_headers and proxy_connect_header: further headers, each with several values. Goes to: client/credentials, client/dial.
import { type Decoder, d } from "../yaml/decode.js";
import type { Secret } from "../yaml/secret.js";

export type HttpHeader = {
  readonly values: readonly string[];
  readonly secrets: readonly Secret[];
  readonly files: readonly string[];
};

/** Of our own requests: they frame a message, say who we are, or are what a signature adds. Nobody may set them. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  "host",
  "content-encoding",
  "content-length",
  "content-type",
  "user-agent",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "www-authenticate",
  "accept-encoding",
  "x-prometheus-remote-write-version",
  "x-prometheus-remote-read-version",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-content-sha256",
]);

/** Those that http_headers must leave alone besides: the client sets them, or they change how a message is framed. */
const clientHeaders: ReadonlySet<string> = new Set([
  ...reservedHeaders,
  "authorization",
  "x-prometheus-scrape-timeout-seconds",
  "accept",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (part) => part.toUpperCase());
}

const header: Decoder<HttpHeader> = d.object("config.Header", {
  values: d.withDefault(d.list(d.string), []),
  secrets: d.withDefault(d.list(d.secret), []),
  files: d.withDefault(d.list(d.string), []),
});

export const httpHeadersDecoder: Decoder<Readonly<Record<string, HttpHeader>>> = d.refine(
  d.map(header),
  (headers, fail) => {
    const reserved = Object.keys(headers).find((name) => clientHeaders.has(name.toLowerCase()));
    return reserved === undefined
      ? headers
      : fail(`setting header ${JSON.stringify(canonicalHeader(reserved))} is not allowed`);
  },
);

export const connectHeaderDecoder: Decoder<Readonly<Record<string, readonly Secret[]>>> = d.map(d.list(d.secret));
