// Asks a JSON API, as most providers do: one way to send, to bound and to refuse.
// Comes from: providers. Goes to: the HTTP client of packages/service.
import { STATUS_CODES } from "node:http";
import { createHttpClient, type HttpClientConfig, type HttpResponse } from "@narthex/service";
import { userAgent } from "../version.js";
import { type Json, parseJson } from "./json.js";
import type { ProviderWorld } from "./provider.js";

/** Of one answer; the list of a large cluster takes tens of megabytes. */
export const answerBytesMax: number = 256 * 1024 * 1024;

export type ApiRequest = {
  readonly url: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly socketPath?: string | undefined;
};

export type ApiAnswer = { readonly json: Json; readonly headers: HttpResponse["headers"] };

/** The server answered, but with no success. */
export class ApiStatusError extends Error {
  override readonly name = "ApiStatusError";
  readonly status: number;
  constructor(status: number, url: string, body: string) {
    const said = body.trim() === "" ? "" : `: ${body.trim().slice(0, 512)}`;
    super(`${url} answered HTTP status ${statusText(status)}${said}`);
    this.status = status;
  }
}

/** Not about the question: who asks is not known (any more), or asks too often. */
const otherStatuses: ReadonlySet<number> = new Set([401, 429]);

/** Whether the API says no to this very question, and would again. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiStatusError)) return false;
  return error.status >= 400 && error.status < 500 && !otherStatuses.has(error.status);
}

/** "503 Service Unavailable", as Go prints it. */
export function statusText(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
}

export class ApiClient {
  readonly #client: ReturnType<typeof createHttpClient>;
  readonly #timeoutMs: number;

  constructor(
    config: HttpClientConfig,
    options: { readonly world: Pick<ProviderWorld, "clock">; readonly timeoutMs: number },
  ) {
    this.#client = createHttpClient(config, { userAgent, clock: options.world.clock });
    this.#timeoutMs = options.timeoutMs;
  }

  /** Rejects with ApiStatusError for a status that is not 2xx, and where there is no whole JSON answer. */
  async ask(request: ApiRequest): Promise<ApiAnswer> {
    const { body, headers } = await this.#send(request);
    return { json: parseJson(body), headers };
  }

  /** For an API that does not answer JSON. */
  async text(request: ApiRequest): Promise<string> {
    return (await this.#send(request)).body.toString();
  }

  async json(request: ApiRequest): Promise<Json> {
    return (await this.ask(request)).json;
  }

  close(): void {
    this.#client.close();
  }

  async #send(request: ApiRequest): Promise<HttpResponse> {
    const { url, method = "GET", headers, body, signal, socketPath } = request;
    const answer = await this.#client.request({
      url: String(url),
      method,
      headers: { accept: "application/json", ...headers },
      timeoutMs: request.timeoutMs ?? this.#timeoutMs,
      bodyBytesMax: answerBytesMax,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
      ...(socketPath === undefined ? {} : { socketPath }),
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new ApiStatusError(answer.status, new URL(answer.url).origin, answer.body.toString());
    }
    return answer;
  }
}

/** `base` with a path below its own, and a query. Throws for a base that is no URL. */
export function apiUrl(base: string, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  return url;
}
