// HTTP/2 with servers that agree to it when the TLS connection is made (ALPN, RFC 7301): a session for each origin and
// way, which all requests share, and more of them where it is full. Comes from: client/transport. Goes to: the servers.
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
import type { HopRequest } from "./request.js";

export type Http2Options = {
  /** A TLS connection that offered both protocols. `way` is empty or a proxy's URL. */
  readonly dial: (url: URL, way: string) => Promise<TLSSocket>;
  /** Takes a connection whose server chose HTTP/1.1. */
  readonly hand: (url: URL, way: string, socket: TLSSocket) => void;
  /** How many ways and origins are remembered to speak HTTP/1.1 only; 10,000 when absent. */
  readonly originsMax?: number;
};

/** A session that nobody uses is closed after that. */
const idleMs = 300_000;

/** As Go's client: what a server may send before it is read, of one response and of all. */
const streamWindowBytes = 4 * 1024 * 1024;
const sessionWindowBytes = 64 * 1024 * 1024;
const sessionMegabytesMax = 128;

/** A server has this long to say how it wants the session to be. */
const settingsTimeoutMs = 30_000;

/** With one origin on one way; above that requests wait for streams of these to end. */
export const sessionsMax = 16;
const originsMaxDefault = 10_000;

type Peer = ClientHttp2Session | "HTTP/1.1";

type Entry = {
  /** A promise while it is not yet known what the server speaks, and how many streams it takes. */
  readonly peer: Promise<Peer>;
  session: ClientHttp2Session | undefined;
  /** Streams that are open. */
  active: number;
};

export class Http2Sessions {
  readonly #options: Http2Options;
  /** By way and origin: those that take new requests. */
  readonly #entries = new Map<string, Entry[]>();
  /** With those that only end what is on its way. */
  readonly #sessions = new Set<ClientHttp2Session>();
  /** Ways and origins whose servers chose HTTP/1.1. */
  readonly #refusing = new Set<string>();

  constructor(options: Http2Options) {
    this.#options = options;
  }

  /** Undefined where the server speaks HTTP/1.1 only. */
  async send(exchange: HopRequest, way: string, retriesMax = 1): Promise<RawResponse | undefined> {
    const key = `${way} ${exchange.url.origin}`;
    if (this.#refusing.has(key)) return undefined;
    const entry = this.#entryOf(key) ?? this.#meet(key, exchange.url, way);
    const peer = await entry.peer;
    if (peer === "HTTP/1.1") return undefined;
    exchange.signal.throwIfAborted();
    // Others that waited for it too may have filled it.
    if (isFull(entry) && this.#entryOf(key) !== entry) return this.send(exchange, way, retriesMax);
    entry.active++;
    const leave = (): void => void entry.active--;
    try {
      return await ask(peer, exchange, leave);
    } catch (error) {
      // One that nobody answered in time may be on a connection that is gone without a word.
      if (exchange.signal.aborted || isUntouched(error)) this.#forget(key, entry);
      // A session that was just closing may have taken no notice of the request.
      if (retriesMax === 0 || !isUntouched(error)) throw error;
      return this.send(exchange, way, retriesMax - 1);
    }
  }

  /** Sessions end with what is on their way; what comes afterwards makes new ones. */
  retire(): void {
    for (const session of this.#sessions) session.close();
    this.#entries.clear();
    this.#refusing.clear();
  }

  close(): void {
    for (const session of this.#sessions) session.destroy();
    this.#entries.clear();
  }

  /** One that has room, or is about to say so; the emptiest where there may be no more of them. */
  #entryOf(key: string): Entry | undefined {
    const entries = this.#entries.get(key) ?? [];
    const free = entries.find((entry) => !isFull(entry));
    if (free || entries.length < sessionsMax) return free;
    return entries.reduce((best, entry) => (entry.active < best.active ? entry : best));
  }

  #meet(key: string, url: URL, way: string): Entry {
    const entry: Entry = { peer: this.#negotiate(url, way), session: undefined, active: 0 };
    const entries = this.#entries.get(key);
    if (entries) entries.push(entry);
    else this.#entries.set(key, [entry]);
    const forget = (): void => this.#forget(key, entry);
    entry.peer.then((peer) => {
      if (peer === "HTTP/1.1") {
        forget();
        this.#remember(key);
        return;
      }
      entry.session = peer;
      peer.on("close", forget).on("goaway", forget).on("error", forget);
      if (peer.closed) forget();
    }, forget);
    return entry;
  }

  #remember(key: string): void {
    const [oldest] = this.#refusing;
    const { originsMax = originsMaxDefault } = this.#options;
    if (this.#refusing.size >= originsMax && oldest !== undefined) this.#refusing.delete(oldest);
    this.#refusing.add(key);
  }

  async #negotiate(url: URL, way: string): Promise<Peer> {
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
    this.#sessions.add(session);
    session.on("close", () => this.#sessions.delete(session));
    // Requests on their way hear of it themselves.
    session.on("error", () => {});
    // What waits for an answer has a deadline, which keeps the process; an idle session does not.
    session.unref();
    return untilSettled(session);
  }

  #forget(key: string, entry: Entry): void {
    const others = this.#entries.get(key)?.filter((one) => one !== entry) ?? [];
    if (others.length > 0) this.#entries.set(key, others);
    else this.#entries.delete(key);
  }
}

/** Only a session that has its server's settings says so; one that is about to is no reason to make another. */
function isFull({ session, active }: Entry): boolean {
  // A server that takes none for the moment keeps one waiting.
  return active >= Math.max(1, session?.remoteSettings?.maxConcurrentStreams ?? Number.POSITIVE_INFINITY);
}

/** Resolves when the server's settings are there: before, more streams may be asked for than it takes. */
function untilSettled(session: ClientHttp2Session): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const silence = (): void => session.destroy(new Error("the server did not begin the HTTP/2 session"));
    session.setTimeout(settingsTimeoutMs, silence);
    session.once("error", reject).once("close", () => reject(new Error("the session ended before it began")));
    session.once("remoteSettings", () => {
      session.off("timeout", silence);
      session.setTimeout(idleMs, () => session.close());
      resolve(session);
    });
  });
}

/** `leave` is called when the stream is over. */
function ask(session: ClientHttp2Session, exchange: HopRequest, leave: () => void): Promise<RawResponse> {
  const { body, signal } = exchange;
  return new Promise((resolve, reject) => {
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(requestHeaders(exchange), { endStream: body === undefined, signal });
    } catch (error) {
      leave();
      throw error;
    }
    stream.on("close", () => {
      leave();
      reject(new Error("the stream ended before the response did"));
    });
    stream.on("error", reject);
    stream.on("response", (headers) => resolve(responseOf(stream, headers)));
    if (body !== undefined) stream.end(body);
  });
}

/** RFC 9113, 8.3.1 and 8.2.2: the target stands in fields of its own, the connection in none. */
function requestHeaders({ url, method, headers }: HopRequest): Record<string, string | string[]> {
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
