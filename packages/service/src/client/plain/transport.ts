// Plain HTTP/1.1 over sockets that are kept open: the transport of scrapes, and of every other http:// request.
// Comes from: client/client. Goes to: the peer, and back as a whole body in a buffer that is used again.
// Why not node:http: docs/decisions/0003-scrape-transport.md.
import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import { lookupName } from "../../dns/lookup.js";
import { BufferPool } from "./buffer-pool.js";
import { Connection, type ConnectionOwner, type Origin } from "./connection.js";
import { Exchange, type ExchangeRequest } from "./exchange.js";
import { gunzipBody } from "./gunzip.js";
import { KnownHead } from "./known-head.js";
import { PendingExchanges } from "./pending.js";
import { printRequestHead } from "./request-head.js";
import type { HeadMeaning } from "./response-head.js";
import type { ResponseBounds } from "./response-reader.js";

/** `bodyBytesMax` is of the body as it comes, and of the decoded one. */
export type PlainRequest = ResponseBounds & {
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
  /** From now to the last byte of the body. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly socketPath?: string | undefined;
};

/** A request as it goes over the wire, and to whom. */
export type PlainCall = ExchangeRequest & { readonly origin: Origin };

export type PlainResponse = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decoded. The receiver's, until it calls `release`. */
  readonly body: Buffer;
  /** Gives the body's memory to other responses: the body must not be touched afterwards. Without it, it is garbage. */
  readonly release: () => void;
};

// Prometheus: common/config, NewRoundTripperFromConfig.
const idleMsMax = 5 * 60_000;
const idlePerOriginMax = 1000;
// The peer's clock starts earlier than ours, and it must not end while our request is on its way.
const idleMarginMs = 500;
// A body as small as this is copied, so that who forgets to release it holds no large buffer.
const copiedBytesMax = 16 * 1024;
// Also where the caller sets no bound: a gzip bomb ends here.
const decodedBytesMax = 1024 * 1024 * 1024;

export class PlainTransport implements ConnectionOwner {
  readonly lookup: LookupFunction;
  readonly #pool = new BufferPool();
  readonly #idle = new Map<string, Connection[]>();
  readonly #open = new Set<Connection>();
  readonly #pending = new PendingExchanges();
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(lookup: LookupFunction = lookupName) {
    this.lookup = lookup;
  }

  /** Rejects as `send` does, and with the signal's reason. */
  async request(request: PlainRequest): Promise<PlainResponse> {
    const call = this.prepare(request);
    const { signal } = request;
    if (signal === undefined) return this.send(call);
    signal.throwIfAborted();
    const abort = (): void => this.abort(call, signal.reason as Error);
    signal.addEventListener("abort", abort);
    try {
      return await this.send(call);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** What is the same each time the request is sent; its signal plays no part. Throws InvalidRequestError. */
  prepare(request: PlainRequest): PlainCall {
    const { method, body, timeoutMs, bodyBytesMax, leavesBody } = request;
    const bounds = { method, bodyBytesMax, leavesBody, knownHead: new KnownHead() };
    return { ...bounds, origin: originOf(request), head: headOf(request), body, timeoutMs };
  }

  /**
   * Any status resolves. Rejects with HttpTimeoutError, BodyLimitError, MalformedResponseError, BodyCodingError, or the
   * socket's error.
   */
  send(call: PlainCall): Promise<PlainResponse> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new Error("the HTTP client is closed");
      const exchange = new Exchange(call, this.#pool, (ended, error) => {
        this.#pending.remove(ended);
        if (error) reject(error);
        else resolve(this.#responseOf(ended));
      });
      this.#pending.add(exchange);
      (this.#rested(call.origin.key) ?? this.#connect(call.origin)).send(exchange);
    });
  }

  /** Fails every exchange of the call that is on its way. */
  abort(call: PlainCall, reason: Error): void {
    for (const exchange of this.#pending.of(call)) exchange.fail(reason);
  }

  /** Ends all connections at once; what is on its way fails. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#sweep);
    this.#idle.clear();
    for (const connection of this.#open) connection.close();
    this.#pending.close();
  }

  rested(connection: Connection, { keepAliveMs }: HeadMeaning): void {
    const idleMs = Math.min((keepAliveMs ?? idleMsMax) - idleMarginMs, idleMsMax);
    connection.restsUntil = performance.now() + idleMs;
    const { key } = connection.origin;
    const resting = this.#idle.get(key) ?? [];
    if (resting.length === idlePerOriginMax) resting.shift()?.destroy();
    resting.push(connection);
    this.#idle.set(key, resting);
    this.#sweep ??= setTimeout(() => this.#endRests(), idleMsMax).unref();
  }

  ended(connection: Connection): void {
    this.#open.delete(connection);
    const { key } = connection.origin;
    const resting = this.#idle.get(key);
    if (resting === undefined) return;
    const at = resting.indexOf(connection);
    if (at >= 0) resting.splice(at, 1);
    if (resting.length === 0) this.#idle.delete(key);
  }

  repeat(exchange: Exchange, origin: Origin): void {
    exchange.isRetried = true;
    this.#connect(origin).send(exchange);
  }

  // The one used last: it is the least likely to be closed by the peer.
  #rested(key: string): Connection | undefined {
    const resting = this.#idle.get(key);
    const now = performance.now();
    for (let connection = resting?.pop(); connection !== undefined; connection = resting?.pop()) {
      if (connection.restsUntil > now) return connection;
      connection.destroy();
    }
    return undefined;
  }

  #connect(origin: Origin): Connection {
    const connection = new Connection(origin, this);
    this.#open.add(connection);
    return connection;
  }

  #endRests(): void {
    this.#sweep = undefined;
    const now = performance.now();
    const resting = [...this.#idle.values()].flat();
    for (const connection of resting) if (connection.restsUntil <= now) connection.destroy();
    if (resting.length > 0) this.#sweep = setTimeout(() => this.#endRests(), idleMsMax).unref();
  }

  #responseOf(exchange: Exchange): PlainResponse | Promise<PlainResponse> {
    const { meaning, body } = exchange.reader;
    const { status, headers } = (meaning as HeadMeaning).head;
    const coding = headers["content-encoding"]?.toLowerCase();
    if (coding === "gzip" && body.length > 0) return this.#decoded(exchange);
    if (body.length > copiedBytesMax) return { status, headers, body: body.view(), release: () => body.release() };
    const own = Buffer.from(body.view());
    body.release();
    return { status, headers, body: own, release: () => {} };
  }

  async #decoded(exchange: Exchange): Promise<PlainResponse> {
    const { meaning, body } = exchange.reader;
    const { status, headers } = (meaning as HeadMeaning).head;
    try {
      const decoded = await gunzipBody(body.view(), exchange.request.bodyBytesMax || decodedBytesMax);
      return { status, headers, body: decoded, release: () => {} };
    } finally {
      body.release();
    }
  }
}

function originOf({ url, socketPath }: PlainRequest): Origin {
  if (socketPath !== undefined) return { key: `unix ${socketPath}`, socketPath };
  // The URL has brackets around an IPv6 address, the resolver wants none.
  const host = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
  return { key: url.host, host, port: url.port === "" ? 80 : Number(url.port) };
}

function headOf({ method, url, headers, body }: PlainRequest): string {
  const bodyBytes = body === undefined ? undefined : Buffer.byteLength(body);
  const path = `${url.pathname}${url.search}`;
  return printRequestHead({ method, path, host: url.host, headers: withUser(headers, url), bodyBytes });
}

/** A user in the URL counts where no other credentials do. */
function withUser(headers: PlainRequest["headers"], { username, password }: URL): PlainRequest["headers"] {
  if ((username === "" && password === "") || headers["authorization"] !== undefined) return headers;
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { ...headers, authorization: `Basic ${user.toString("base64")}` };
}
