// One exchange with one server: picks the way (direct, proxy, tunnel, unix socket) and the pool of connections.
// Comes from: client/client. Direct http:// goes through plain/transport, https:// through client/http2 where the server
// agrees to that, all else through node:http. Certificates that change on disk start new pools; running requests keep the old.
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { urlToHttpOptions } from "node:url";
import { type Answer, answerFrom, type RawResponse } from "./body.js";
import type { HttpClientConfig } from "./config.js";
import type { Deadline } from "./deadline.js";
import { type Dialer, dialerFor } from "./dial.js";
import { BodyLimitError, HttpTimeoutError } from "./errors.js";
import { hostOf, portOf } from "./handed.js";
import { Http2Sessions } from "./http2.js";
import { BodyCodingError } from "./plain/gunzip.js";
import { InvalidRequestError } from "./plain/request-head.js";
import { type PlainRequest, type PlainResponse, PlainTransport } from "./plain/transport.js";
import { type Environment, type ProxyRules, proxyAuthorization, proxyRules } from "./proxy.js";
import { type Hop, isRedirect } from "./redirect.js";
import type { HopRequest, HttpRequest } from "./request.js";
import type { TlsSource } from "./secure.js";
import { dialTimeoutMs, SecureDirectAgent, SecureTunnelAgent, TunnelAgent } from "./tunnel.js";

/** One hop of a caller's request. */
export type Sending = {
  readonly request: HttpRequest;
  readonly hop: Hop;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly deadline: Deadline;
};

export type TransportOptions = {
  readonly environment: Environment;
  /** What is shown to servers and asked of them. */
  readonly tls: TlsSource;
  /** Finds addresses of servers; those of proxies are found as everywhere. */
  readonly lookup: LookupFunction;
};

type Headers = Record<string, string | string[]>;

export type PlainSender = {
  /** Rejects with what `plainFailure` tells. */
  send(): Promise<PlainResponse>;
  abort(reason: Error): void;
};

/** Errors of an exchange that are no matter of reaching the server. */
const tellingErrors = [BodyLimitError, BodyCodingError, HttpTimeoutError, InvalidRequestError];

export class Transport {
  readonly #config: HttpClientConfig;
  readonly #proxyOf: ProxyRules;
  readonly #tls: TlsSource;
  /** By way: "http:", "https:", and these with a proxy's URL behind. */
  readonly #agents = new Map<string, Agent>();
  #material: ConnectionOptions | undefined;
  readonly #plain: PlainTransport;
  readonly #lookup: LookupFunction;
  readonly #http2: Http2Sessions | undefined;
  readonly #closing = new AbortController();
  readonly #leavesBody: PlainRequest["leavesBody"];

  constructor(config: HttpClientConfig, { environment, tls, lookup }: TransportOptions) {
    this.#config = config;
    this.#proxyOf = proxyRules(config, environment);
    this.#tls = tls;
    this.#lookup = lookup;
    this.#plain = new PlainTransport(lookup);
    if (config.enable_http2) {
      this.#http2 = new Http2Sessions({
        dial: (url, way) => this.#dialSecure(url, way),
        hand: (url, way, socket) => this.#handOver(url, way, socket),
      });
    }
    if (config.follow_redirects) {
      this.#leavesBody = ({ status, headers }) => isRedirect(status, headers.location);
    }
  }

  /** Resolves when the answer's head is there. */
  async send(sending: Sending): Promise<Answer> {
    const { request, hop } = sending;
    const isDirect = request.socketPath !== undefined || !this.#proxyOf(hop.url);
    return isDirect && hop.url.protocol === "http:" ? this.#sendPlain(sending) : answerFrom(await this.open(sending));
  }

  /** As `send`, with a body that is read as it comes. */
  open({ request, hop, headers, deadline }: Sending): Promise<RawResponse> {
    const { url, method } = hop;
    const proxy = request.socketPath === undefined ? this.#proxyOf(url) : undefined;
    const body = hop.hasBody ? request.body : undefined;
    const exchange = { url, method, headers, body, socketPath: request.socketPath, signal: deadline.signal };
    return untilAborted(this.#send(exchange, proxy), deadline.signal);
  }

  async #sendPlain({ request, hop, headers, deadline }: Sending): Promise<Answer> {
    const sent = { ...this.#plainRequest({ request, hop, headers }), timeoutMs: deadline.remainingMs };
    try {
      return plainAnswer(await this.#plain.request(sent));
    } catch (error) {
      throw plainFailure(error, request.signal, hop.url);
    }
  }

  #plainRequest({ request, hop, headers }: Omit<Sending, "deadline">): PlainRequest {
    const { signal, socketPath, bodyBytesMax, timeoutMs } = request;
    const { url, method } = hop;
    const body = hop.hasBody ? request.body : undefined;
    return { url, method, headers, body, timeoutMs, bodyBytesMax, signal, socketPath, leavesBody: this.#leavesBody };
  }

  /** A request whose headers stay the same, made ready to be sent many times; undefined where its way is not the plain one. */
  prepare(sending: Omit<Sending, "deadline">): PlainSender | undefined {
    const { url } = sending.hop;
    if (url.protocol !== "http:") return undefined;
    if (sending.request.socketPath === undefined && this.#proxyOf(url)) return undefined;
    const call = this.#plain.prepare(this.#plainRequest(sending));
    return {
      send: () => this.#plain.send(call),
      abort: (reason) => this.#plain.abort(call, reason),
    };
  }

  async #send(exchange: HopRequest, proxy: URL | undefined): Promise<RawResponse> {
    const { url, socketPath } = exchange;
    const isSecure = url.protocol === "https:";
    if (isSecure && this.#http2 && socketPath === undefined) {
      this.#renewSecure();
      const response = await this.#overHttp2(this.#http2, exchange, proxy);
      if (response) return response;
    }
    if (!proxy) return rawOf(await this.#direct(exchange, this.#agent(url.protocol)));
    const isTunnel = isSecure || proxy.protocol.startsWith("socks5");
    return rawOf(
      isTunnel ? await this.#direct(exchange, this.#agent(url.protocol, proxy)) : await this.#forward(exchange, proxy),
    );
  }

  async #overHttp2(
    http2: Http2Sessions,
    exchange: HopRequest,
    proxy: URL | undefined,
  ): Promise<RawResponse | undefined> {
    try {
      return await http2.send(exchange, proxy?.href ?? "");
    } catch (error) {
      throw unreachable(exchange.url, error as Error);
    }
  }

  async #dialSecure(url: URL, way: string): Promise<TLSSocket> {
    const [host, port] = [hostOf(url), portOf(url)];
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(dialTimeoutMs)]);
    const stream = way === "" ? undefined : await this.#dialer(new URL(way))({ host, port }, signal);
    return new Promise((resolve, reject) => {
      const socket = connectTls({
        ALPNProtocols: ["h2", "http/1.1"],
        ...(isIP(host) ? {} : { servername: host }),
        ...this.#tls(),
        host,
        port,
        lookup: this.#lookup,
        ...(stream ? { socket: stream } : {}),
      });
      const abort = (): void => void socket.destroy(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
      socket.once("error", reject).once("secureConnect", () => {
        signal.removeEventListener("abort", abort);
        socket.off("error", reject);
        resolve(socket);
      });
    });
  }

  #handOver(url: URL, way: string, socket: TLSSocket): void {
    const agent = this.#agent(url.protocol, way === "" ? undefined : new URL(way));
    if (agent instanceof SecureDirectAgent || agent instanceof SecureTunnelAgent) agent.handed.put(url, socket);
    else socket.destroy();
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
    this.#closing.abort(new Error("client closed"));
    this.#http2?.close();
    this.#plain.close();
  }

  #direct(exchange: HopRequest, agent: Agent): Promise<IncomingMessage> {
    const { url, method, headers, body, socketPath, signal } = exchange;
    return new Promise((resolve, reject) => {
      const options = {
        ...urlToHttpOptions(url),
        method,
        headers: headers as Headers,
        agent,
        signal,
        ...(socketPath === undefined ? {} : { socketPath }),
      };
      const outgoing = (url.protocol === "https:" ? httpsRequest : httpRequest)(options, resolve);
      outgoing.on("error", (error) => reject(unreachable(url, error)));
      outgoing.end(body);
    });
  }

  /** Absolute form (RFC 9112, 3.2.2): the proxy reads the target from the request line. */
  #forward(exchange: HopRequest, proxy: URL): Promise<IncomingMessage> {
    const { url, method, body, signal } = exchange;
    const target = new URL(url);
    target.hash = target.username = target.password = "";
    const headers = { ...exchange.headers, ...proxyAuthorization(proxy), host: url.host } as Headers;
    const { auth } = urlToHttpOptions(url);
    return new Promise((resolve, reject) => {
      const options = {
        ...urlToHttpOptions(proxy),
        auth,
        method,
        path: target.href,
        headers,
        agent: this.#agent(proxy.protocol),
        signal,
      };
      const outgoing = (proxy.protocol === "https:" ? httpsRequest : httpRequest)(options, resolve);
      outgoing.on("error", (error) => reject(unreachable(url, error, ` through proxy ${proxy.host}`)));
      outgoing.end(body);
    });
  }

  #agent(protocol: string, proxy?: URL): Agent {
    const isSecure = protocol === "https:" || proxy?.protocol === "https:";
    if (isSecure) this.#renewSecure();
    const way = proxy ? `${protocol} ${proxy.href}` : protocol;
    let agent = this.#agents.get(way);
    if (!agent) {
      agent = this.#createAgent(protocol === "https:", proxy);
      this.#agents.set(way, agent);
    }
    return agent;
  }

  #createAgent(isSecure: boolean, proxy: URL | undefined): Agent {
    const options = { keepAlive: true, lookup: this.#lookup, ...(isSecure ? this.#tls() : {}) };
    if (!proxy) return isSecure ? new SecureDirectAgent(options) : new HttpAgent(options);
    const dialer = this.#dialer(proxy);
    return isSecure ? new SecureTunnelAgent(options, dialer) : new TunnelAgent(options, dialer);
  }

  #dialer(proxy: URL): Dialer {
    const connectHeaders = Object.entries(this.#config.proxy_connect_header ?? {}).map(
      ([name, secrets]) => [name.toLowerCase(), secrets.map((secret) => secret.reveal())] as const,
    );
    return dialerFor(proxy, { tls: this.#tls(), connectHeaders: Object.fromEntries(connectHeaders) });
  }

  #renewSecure(): void {
    const material = this.#tls();
    if (this.#material === material) return;
    this.#material = material;
    this.#http2?.retire();
    for (const [way, agent] of this.#agents) {
      if (!way.includes("https:")) continue;
      this.#agents.delete(way);
      retire(agent);
    }
  }
}

function rawOf(response: IncomingMessage): RawResponse {
  return { status: response.statusCode ?? 0, headers: response.headers, stream: response };
}

/** The error as callers are to see it. */
export function plainFailure(error: unknown, signal: AbortSignal | undefined, url: URL): unknown {
  const speaksForItself = tellingErrors.some((kind) => error instanceof kind) || signal?.aborted === true;
  return speaksForItself ? error : unreachable(url, error as Error);
}

function plainAnswer({ status, headers, body, release }: PlainResponse): Answer {
  return {
    status,
    headers,
    read: () => Promise.resolve({ body, release }),
    leave: release,
    destroy: release,
  };
}

/** What is on its way may serve others too, a token or a tunnel: the caller leaves, it comes. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Closes idle connections now and the busy ones after their answer. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function unreachable(url: URL, error: Error, way = ""): Error {
  return new Error(`cannot reach ${url.host}${way}: ${error.message}`, { cause: error });
}
