// Where a redirect leads and what goes along, as Go's client does it. Pure.

export type Hop = {
  readonly url: URL;
  readonly method: string;
  readonly hasBody: boolean;
  /** Whether credentials go along: false from the first hop to another host on. */
  readonly isTrusted: boolean;
};

/** Requests in one chain. */
export const requestsMax = 10;

const statuses = new Set([301, 302, 303, 307, 308]);

/** Throws an Error when the URL is none that we call. */
export function parseHttpUrl(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (error) {
    throw new Error(`invalid URL ${JSON.stringify(text)}`, { cause: error });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`unsupported protocol scheme "${url.protocol.slice(0, -1)}"`);
  }
  return url;
}

export function isRedirect(status: number, location: string | undefined): boolean {
  return statuses.has(status) && location !== undefined;
}

/** The next hop; undefined when the answer is final. A redirect without a location is final. */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (location === undefined || !isRedirect(status, location)) return undefined;
  const url = parseHttpUrl(location, hop.url);
  // "Host" counts with scheme and port: a token for https must not go out over http.
  const isTrusted = hop.isTrusted && url.origin === hop.url.origin;
  if (status === 307 || status === 308) return { ...hop, url, isTrusted };
  return { url, method: hop.method === "HEAD" ? "HEAD" : "GET", hasBody: false, isTrusted };
}
