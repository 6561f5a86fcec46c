// Whether an answer of numbers is compressed for a client that would take it: gzip costs as much CPU as many a query.
// Goes to: api/respond.
import type { IncomingHttpHeaders } from "node:http";

/** Smaller bodies are sent as they are: they go in a packet or two. */
export const compressedBytesMin = 4096;

export type Recipient = {
  /** Of the other end of the connection. */
  readonly address: string | undefined;
  readonly headers: IncomingHttpHeaders;
};

/** What an `Accept-Encoding` says of gzip. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const items = [header ?? ""].flat().flatMap((text) => text.split(","));
  const parsed = items.map((item) => item.split(";").map((part) => part.trim().toLowerCase()));
  const found = parsed.find(([name]) => name === "gzip") ?? parsed.find(([name]) => name === "*");
  return found !== undefined && !found.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
}

/** Not for a client on this machine, whose bytes cross no wire; a proxy passes them on, so it counts as far away. */
// Differs: see docs/compatibility.md#http
export function isWorthCompressing(bytes: number, { address = "", headers }: Recipient): boolean {
  if (bytes < compressedBytesMin) return false;
  const isHere = address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
  return !isHere || forwardHeaders.some((name) => headers[name] !== undefined);
}

const forwardHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
