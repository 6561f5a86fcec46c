// HTTP/2 with servers that agree to it when the TLS connection is made (ALPN, RFC 7301): one session for each origin and
// way, which all requests share. Comes from: client/transport. Goes to: the servers.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import type { RawResponse } from "./body.js";
import type { Exchange } from "./transport.js";

export type Http2Options = {
  /** A TLS connection that offered both protocols. `way` is empty or a proxy's URL. */
  readonly dial: (url: URL, way: string) => Promise<TLSSocket>;
  /** Takes a connection whose server chose HTTP/1.1. */
  readonly hand: (url: URL, way: string, socket: TLSSocket) => void;
};

/** A session that nobody uses is closed after that. */
const idleMs = 300_000;

/** As Go's client: what a server may send before it is read, of one response and of all. */
const streamWindowBytes = 4 * 1024 * 1024;
const sessionWindowBytes = 64 * 1024 * 1024;
const sessionMegabytesMax = 128;

type Peer = ClientHttp2Session | "HTTP/1.1";

type Entry = {
  /** A promise while the server has not yet chosen. */
  readonly peer: Promise<Peer>;
  session: ClientHttp2Session | undefined;
};

export class Http2Sessions {
  readonly #options: Http2Options;
  /** By way and origin. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: Http2Options) {
    this.#options = options;
  }

  /** Undefined where the server speaks HTTP/1.1 only. */
  async send(exchange: Exchange, way: string, retriesMax = 1): Promise<RawResponse | undefined> {
    const key = `${way} ${exchange.url.origin}`;
    const peer = await (this.#entries.get(key) ?? this.#meet(key, exchange.url, way)).peer;
    if (peer === "HTTP/1.1") return undefined;
    try {
      return await this.#ask(peer, key, exchange);
    } catch (error) {
      // A session that was just closing may have taken no notice of the request.
      if (retriesMax === 0 || !isUntouched(error)) throw error;
      this.#forget(key, peer);
      return this.send(exchange, way, retriesMax - 1);
    }
  }

  /** Sessions end with what is on their way; what comes afterwards makes new ones. */
  retire(): void {
    for (const { session } of this.#entries.values()) session?.close();
    this.#entries.clear();
  }

  close(): void {
    for (const { session } of this.#entries.values()) session?.destroy();
    this.#entries.clear();
  }

  #meet(key: string, url: URL, way: string): Entry {
    const entry: Entry = { peer: this.#negotiate(key, url, way), session: undefined };
    this.#entries.set(key, entry);
    entry.peer.then(
      (peer) => {
        if (peer === "HTTP/1.1") return;
        entry.session = peer;
        if (this.#entries.get(key) !== entry) peer.close();
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }

  async #negotiate(key: string, url: URL, way: string): Promise<Peer> {
    const socket = await this.#options.dial(url, way);
    if (socket.alpnProtocol !== "h2") {
      this.#options.hand(url, way, socket);
      return "HTTP/1.1";
    }
    const session = connect(url.origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
      maxSessionMemory: sessionMegabytesMax,
    });
    session.once("connect", () => session.setLocalWindowSize(sessionWindowBytes));
    const forget = (): void => this.#forget(key, session);
    session.on("close", forget).on("goaway", forget);
    // Requests on their way hear of it themselves.
    session.on("error", forget);
    session.setTimeout(idleMs, () => session.close());
    // What waits for an answer has a deadline, which keeps the process; an idle session does not.
    session.unref();
    return session;
  }

  #forget(key: string, session: ClientHttp2Session): void {
    if (this.#entries.get(key)?.session === session) this.#entries.delete(key);
  }

  #ask(session: ClientHttp2Session, key: string, exchange: Exchange): Promise<RawResponse> {
    const { body, signal } = exchange;
    return new Promise((resolve, reject) => {
      const stream = session.request(requestHeaders(exchange), { endStream: body === undefined, signal });
      stream.on("error", (error) => {
        // One that nobody answered in time may be on a connection that is gone without a word.
        if (signal.aborted) this.#forget(key, session);
        reject(error);
      });
      stream.on("response", (headers) => resolve(responseOf(stream, headers)));
      stream.on("close", () => reject(new Error("the stream ended before the response did")));
      if (body !== undefined) stream.end(body);
    });
  }
}

/** RFC 9113, 8.3.1 and 8.2.2: the target stands in fields of its own, the connection in none. */
function requestHeaders({ url, method, headers }: Exchange): Record<string, string | string[]> {
  const own: Record<string, string | string[]> = {
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_SCHEME]: "https",
    [constants.HTTP2_HEADER_AUTHORITY]: url.host,
    [constants.HTTP2_HEADER_PATH]: `${url.pathname}${url.search}`,
  };
  if (url.username !== "" && headers["authorization"] === undefined) {
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    own["authorization"] = `Basic ${Buffer.from(login).toString("base64")}`;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name === "host") own[constants.HTTP2_HEADER_AUTHORITY] = String(value);
    else if (name !== "connection") own[name] = typeof value === "string" ? value : [...value];
  }
  return own;
}

function responseOf(
  stream: ClientHttp2Stream,
  { ":status": status = 0, ...headers }: IncomingHttpHeaders & IncomingHttpStatusHeader,
): RawResponse {
  return { status, headers, stream };
}

/** Whether the server says that it did nothing about the request (RFC 9113, 8.7), or never had it. */
function isUntouched(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  const isRefused = code === "ERR_HTTP2_STREAM_ERROR" && message.includes("NGHTTP2_REFUSED_STREAM");
  return isRefused || code === "ERR_HTTP2_GOAWAY_SESSION" || code === "ERR_HTTP2_INVALID_SESSION";
}
