// Status line and header fields of a response, and how they say where the body ends (RFC 9112, sections 4 to 6).
// Comes from: plain/response-reader, line by line. What is not exactly HTTP is refused, since two readers that guess
// differently where a message ends can be played against each other.
import type { IncomingHttpHeaders } from "node:http";

/** The peer does not speak HTTP/1.x as the standard has it. */
export class MalformedResponseError extends Error {
  override readonly name = "MalformedResponseError";
  constructor(what: string) {
    super(`malformed HTTP response: ${what}`);
  }
}

export type ResponseHead = {
  readonly status: number;
  readonly isHttp11: boolean;
  /** Names in lower case; as node:http has them. */
  readonly headers: IncomingHttpHeaders;
};

/** Where the body ends: nowhere begun, after so many bytes, with the last chunk, with the connection. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" };

/** What a whole head says to the transport. */
export type HeadMeaning = {
  readonly head: ResponseHead;
  readonly framing: Framing;
  /** Whether the peer keeps the connection open for another request. */
  readonly isPersistent: boolean;
  /** How long the peer says it keeps an idle connection; undefined where it says nothing. */
  readonly keepAliveMs: number | undefined;
};

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

export function parseStatusLine(line: string): ResponseHead {
  const match = statusLine.exec(line);
  if (!match) throw new MalformedResponseError(`bad status line ${JSON.stringify(line.slice(0, 80))}`);
  const headers = Object.create(null) as IncomingHttpHeaders;
  return { status: Number(match[2]), isHttp11: match[1] === "1", headers };
}

// Where a repetition would be ambiguous, the first counts; the two that frame the body may not be repeated at all.
const single: ReadonlySet<string> = new Set(["content-type", "etag", "location", "retry-after", "server"]);
const framingFields: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);

export function addHeaderLine(headers: IncomingHttpHeaders, line: string): void {
  const match = headerLine.exec(line);
  if (!match) throw new MalformedResponseError(`bad header line ${JSON.stringify(line.slice(0, 80))}`);
  const name = (match[1] as string).toLowerCase();
  const value = (match[2] as string).trimEnd();
  const before = headers[name];
  if (name === "set-cookie") headers["set-cookie"] = [...(headers["set-cookie"] ?? []), value];
  else if (before === undefined) headers[name] = value;
  else if (framingFields.has(name)) throw new MalformedResponseError(`repeated ${name}`);
  else if (!single.has(name)) headers[name] = `${before as string}, ${value}`;
}

/** Throws MalformedResponseError. `method`: of the request. */
export function headMeaning(head: ResponseHead, method: string): HeadMeaning {
  const framing = framingOf(head, method);
  return { head, framing, isPersistent: isPersistent(head), keepAliveMs: keepAliveMs(head) };
}

function framingOf({ status, headers, isHttp11 }: ResponseHead, method: string): Framing {
  const length = headers["content-length"];
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && length !== undefined) {
    throw new MalformedResponseError("both content-length and transfer-encoding");
  }
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || !isHttp11)) {
    throw new MalformedResponseError(`transfer-encoding ${JSON.stringify(coding)}`);
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw new MalformedResponseError(`content-length ${JSON.stringify(length)}`);
  }
  if (method === "HEAD" || status === 204 || status === 304) return { kind: "none" };
  if (coding !== undefined) return { kind: "chunked" };
  return length === undefined ? { kind: "close" } : { kind: "length", length: Number(length) };
}

function isPersistent({ headers, isHttp11 }: ResponseHead): boolean {
  const options = (headers.connection ?? "").toLowerCase().split(/[ \t]*,[ \t]*/);
  return !options.includes("close") && (isHttp11 || options.includes("keep-alive"));
}

function keepAliveMs({ headers }: ResponseHead): number | undefined {
  const match = /(?:^|[ \t,])timeout=(\d{1,9})(?:$|[ \t,])/i.exec(String(headers["keep-alive"] ?? ""));
  return match ? Number(match[1]) * 1000 : undefined;
}
