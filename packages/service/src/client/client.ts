// The one HTTP client: scrape, discovery, notifier and receivers call others through it.
// It speaks HTTP/2 over TLS where the server agrees to that and enable_http2 lets it, else HTTP/1.1.
import type { IncomingMessage } from "node:http";
import { type Clock, systemClock } from "@narthex/stdx";
import { type AddressOrder, lookupIn } from "../dns/lookup.js";
import type { Answer } from "./body.js";
import { defaultHttpClientConfig, type HttpClientConfig } from "./config.js";
import { authorizationHeader, configuredHeaders } from "./credentials.js";
import { Deadline } from "./deadline.js";
import { TokenSource } from "./oauth2.js";
import { hasFixedHeaders, type PreparedRequest, prepareGeneral, preparePlain } from "./prepared.js";
import type { Environment } from "./proxy.js";
import { type Hop, nextHop, parseHttpUrl, requestsMax } from "./redirect.js";
import type { HttpRequest, HttpResponse } from "./request.js";
import { type ClientCertificate, tlsSource, withCertificate } from "./secure.js";
import { Transport, untilAborted } from "./transport.js";

export type HttpClient = {
  /** Any status resolves; rejects when there is no whole response. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** For a request that is sent many times; without a signal of its own. Throws an Error for a URL or header that is none. */
  prepare(request: Omit<HttpRequest, "signal">): PreparedRequest;
  close(): void;
};

/** An answer whose end is not waited for, such as a watch. */
export type HttpStream = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The body as it comes, in no coding. Throws where the connection ends before the body does. */
  readonly parts: AsyncIterable<Buffer>;
  close(): void;
};

export type StreamingHttpClient = HttpClient & {
  /** Resolves when the head is there, any status; `timeoutMs` ends with it. Redirects are not followed. */
  stream(request: Omit<HttpRequest, "bodyBytesMax">): Promise<HttpStream>;
};

export type HttpClientOptions = {
  readonly userAgent?: string;
  /** For proxy_from_environment; the process' own when absent. */
  readonly environment?: Environment;
  /** For the life of tokens. */
  readonly clock?: Clock;
  /** Says who we are at each request, where the config does not. */
  readonly tokens?: AuthorizationSource;
  /** Of a name with several addresses, which one a new connection goes to: the first that works, or any. */
  readonly addressOrder?: AddressOrder;
};

export type AuthorizationSource = {
  /** The value of the Authorization header; undefined for none. */
  header(): Promise<string | undefined>;
  /** The certificate that stands for us, known after `header`; undefined for the config's. The same object until it changes. */
  certificate?(): ClientCertificate | undefined;
  /** The server answered 401 to a request with this header. */
  refused?(header: string | undefined): void;
};

/** Of a caller's headers, those that do not go to another host. */
const privateHeaders = new Set(["authorization", "cookie", "proxy-authorization", "www-authenticate"]);

/** Throws an Error when the environment names a proxy that is none. */
export function createHttpClient(config: HttpClientConfig, options: HttpClientOptions = {}): StreamingHttpClient {
  const transport = new Transport(config, {
    environment: options.environment ?? process.env,
    tls: withCertificate(tlsSource(config.tls_config), () => options.tokens?.certificate?.()),
    lookup: lookupIn(options.addressOrder ?? "resolved"),
  });
  const tokens = config.oauth2 && createTokenSource(config.oauth2, options);
  const caller: Caller = {
    config,
    userAgent: options.userAgent ?? "Narthex",
    transport,
    tokens: tokens?.source ?? options.tokens,
  };
  const send = (request: HttpRequest): Promise<HttpResponse> => sendOnce(caller, request);
  return {
    request: send,
    stream: (request) => openStream(caller, request),
    prepare: (request) => prepareRequest(caller, request, send),
    close() {
      transport.close();
      tokens?.client.close();
    },
  };
}

async function sendOnce(caller: Caller, request: HttpRequest): Promise<HttpResponse> {
  const deadline = new Deadline(request);
  try {
    return await follow(caller, request, deadline);
  } catch (error) {
    throw deadline.explain(error);
  } finally {
    deadline.clear();
  }
}

async function openStream(caller: Caller, streaming: Omit<HttpRequest, "bodyBytesMax">): Promise<HttpStream> {
  const request = { ...streaming, bodyBytesMax: 0, headers: { ...streaming.headers, "accept-encoding": "identity" } };
  const deadline = new Deadline(request);
  try {
    const hop = firstHop(request);
    const authorization = await authorizationOf(caller, deadline);
    const headers = headersOf(caller, request, { hop, authorization });
    const response = await caller.transport.open({ request, hop, headers, deadline });
    const { status, headers: answered, stream } = response;
    if (status === 401) caller.tokens?.refused?.(authorization);
    return { status, headers: answered, parts: stream, close: () => void stream.destroy() };
  } catch (error) {
    throw deadline.explain(error);
  } finally {
    deadline.clear();
  }
}

function prepareRequest(
  caller: Caller,
  request: HttpRequest,
  send: (request: HttpRequest) => Promise<HttpResponse>,
): PreparedRequest {
  const general = prepareGeneral(request, send);
  if (!hasFixedHeaders(caller.config) || caller.tokens) return general;
  const hop = firstHop(request);
  const headers = headersOf(caller, request, { hop, authorization: authorizationHeader(caller.config) });
  const sender = caller.transport.prepare({ request, hop, headers });
  if (sender === undefined) return general;
  return preparePlain({ sender, url: hop.url, followsRedirects: caller.config.follow_redirects, general });
}

function createTokenSource(
  oauth2: NonNullable<HttpClientConfig["oauth2"]>,
  options: HttpClientOptions,
): { source: TokenSource; client: HttpClient } {
  const { tls_config, proxy_url, no_proxy, proxy_from_environment, proxy_connect_header } = oauth2;
  const client = createHttpClient(
    { ...defaultHttpClientConfig, tls_config, proxy_url, no_proxy, proxy_from_environment, proxy_connect_header },
    options,
  );
  const endpoint = { request: (request: HttpRequest) => client.request(request), clock: options.clock ?? systemClock };
  return { source: new TokenSource(oauth2, endpoint), client };
}

type Caller = {
  readonly config: HttpClientConfig;
  readonly userAgent: string;
  readonly transport: Transport;
  readonly tokens: AuthorizationSource | undefined;
};

function firstHop({ url, method, body }: HttpRequest): Hop {
  return { url: parseHttpUrl(url), method: method ?? "GET", hasBody: body !== undefined, isTrusted: true };
}

async function follow(caller: Caller, request: HttpRequest, deadline: Deadline): Promise<HttpResponse> {
  let hop = firstHop(request);
  for (let requests = 1; ; requests++) {
    const authorization = hop.isTrusted ? await authorizationOf(caller, deadline) : undefined;
    const headers = headersOf(caller, request, { hop, authorization });
    const answer = await caller.transport.send({ request, hop, headers, deadline });
    if (answer.status === 401 && hop.isTrusted) caller.tokens?.refused?.(authorization);
    const next = caller.config.follow_redirects ? redirected(hop, answer) : undefined;
    if (!next) {
      const { status } = answer;
      return { status, headers: answer.headers, ...(await answer.read(request.bodyBytesMax)), url: hop.url.href };
    }
    answer.leave();
    if (requests >= requestsMax) throw new Error(`stopped after ${requestsMax} redirects`);
    hop = next;
  }
}

function redirected(hop: Hop, answer: Answer): Hop | undefined {
  try {
    return nextHop(hop, answer.status, answer.headers.location);
  } catch (error) {
    answer.destroy();
    throw new Error(`cannot follow the redirect of ${hop.url.host}: ${(error as Error).message}`, { cause: error });
  }
}

async function authorizationOf(caller: Caller, deadline: Deadline): Promise<string | undefined> {
  return caller.tokens ? untilAborted(caller.tokens.header(), deadline.signal) : authorizationHeader(caller.config);
}

type HopOptions = { readonly hop: Hop; readonly authorization: string | undefined };
type Headers = Record<string, string | readonly string[]>;

function headersOf(caller: Caller, request: HttpRequest, { hop, authorization }: HopOptions): Headers {
  const headers: Headers = { "user-agent": caller.userAgent, "accept-encoding": "gzip" };
  if (hop.isTrusted) Object.assign(headers, configuredHeaders(caller.config));
  if (authorization !== undefined) headers["authorization"] = authorization;
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const isKept = hop.isTrusted || !privateHeaders.has(name.toLowerCase());
    if (isKept && (hop.hasBody || request.body === undefined || !name.toLowerCase().startsWith("content-"))) {
      headers[name.toLowerCase()] = value;
    }
  }
  if (hop.hasBody && request.body !== undefined) headers["content-length"] = String(Buffer.byteLength(request.body));
  return headers;
}
