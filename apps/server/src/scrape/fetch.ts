// One request to a target: headers, bounds, and what the answer's type means.
// Comes from: scrape/loop. Goes to: scrape/series (the body).
import { STATUS_CODES } from "node:http";
import {
  acceptHeader,
  defaultScrapeProtocols,
  type ExpositionFormat,
  type FormatChoice,
  formatFromContentType,
  nativeScrapeProtocols,
} from "@narthex/formats";
import {
  BodyLimitError,
  type HttpClient,
  type HttpResponse,
  HttpTimeoutError,
  type PreparedRequest,
} from "@narthex/service";
import type { ScrapeConfig } from "../config/scrape.js";
import type { Tracing } from "../tracing/tracing.js";
import type { Target } from "./target.js";

export type Fetched = {
  readonly body: Uint8Array;
  /** To be called when the body is no longer needed: its memory then serves other scrapes. */
  readonly release: () => void;
  readonly format: ExpositionFormat;
  /** Why the fallback format had to be taken. */
  readonly warning: string | undefined;
};

/** A scrape that failed for a reason the target's status shows. */
export class ScrapeError extends Error {
  override readonly name = "ScrapeError";
}

export class BodyTooLargeError extends ScrapeError {}

/** What is the same for all scrapes of a job. */
export type FetchRequest = {
  readonly client: HttpClient;
  readonly config: ScrapeConfig;
  /** Ask for protobuf first where the job leaves the formats open: it tells start times. */
  readonly prefersProtobuf: boolean;
  readonly tracing: Tracing;
};

/** Bodies are bounded even where no body_size_limit is set: one target must not take all memory. */
export const bodyBytesMax: number = 512 * 1024 * 1024;

// A job that leaves the formats open takes native histograms where the target's labels ask for them.
function acceptOf(target: Target, { config, prefersProtobuf }: FetchRequest): string {
  const isOpen = config.scrape_protocols.join() === defaultScrapeProtocols.join();
  const protocols =
    isOpen && (prefersProtobuf || target.histograms.isNative) ? nativeScrapeProtocols : config.scrape_protocols;
  return acceptHeader(protocols, config.metric_name_escaping_scheme);
}

/** Asks one target, again and again. */
export class TargetFetch {
  readonly #url: string;
  readonly #prepare: (headers?: Readonly<Record<string, string>>) => PreparedRequest;
  readonly #tracing: Tracing;
  readonly #fallback: ScrapeConfig["fallback_scrape_protocol"];
  #prepared: PreparedRequest | undefined;
  /** What the content type of the last answer meant: it is mostly that of the next. */
  #contentType: string | undefined;
  #type: FormatChoice | undefined;

  constructor(target: Target, request: FetchRequest) {
    const { client, config } = request;
    const accept = acceptOf(target, request);
    this.#url = target.url;
    this.#fallback = config.fallback_scrape_protocol;
    this.#tracing = request.tracing;
    this.#prepare = (headers) =>
      client.prepare({
        url: target.url,
        headers: {
          accept,
          "accept-encoding": config.enable_compression ? "gzip" : "identity",
          "x-prometheus-scrape-timeout-seconds": String(target.timeoutMs / 1000),
          ...headers,
        },
        timeoutMs: target.timeoutMs,
        bodyBytesMax: config.body_size_limit || bodyBytesMax,
        ...(target.socketPath === "" ? {} : { socketPath: target.socketPath }),
      });
  }

  /** Resolves with ScrapeError, ContentTypeError, or the transport's error where there is no body to read. */
  async run(): Promise<Fetched | Error> {
    if (this.#tracing.isOn) return this.#runTraced();
    try {
      this.#prepared ??= this.#prepare();
      return this.#fetched(await this.#prepared.send());
    } catch (error) {
      return scrapeErrorOf(error as Error, this.#url);
    }
  }

  /** Each request then says which span it belongs to. */
  async #runTraced(): Promise<Fetched | Error> {
    const attributes = { "http.request.method": "GET", "url.full": urlWithoutSecrets(this.#url) };
    try {
      return await this.#tracing.within({ name: "Scrape", kind: "client" }, () =>
        this.#tracing.call({ name: "HTTP GET", kind: "client", attributes }, async (headers) => {
          this.#prepared = this.#prepare(headers);
          return this.#fetched(await this.#prepared.send());
        }),
      );
    } catch (error) {
      return scrapeErrorOf(error as Error, this.#url);
    } finally {
      this.#prepared = undefined;
    }
  }

  #fetched({ status, headers, body, release = noRelease }: HttpResponse): Fetched {
    if (status !== 200) {
      release();
      throw new ScrapeError(`server returned HTTP status ${`${status} ${STATUS_CODES[status] ?? ""}`.trim()}`);
    }
    const { format, warning } = this.#typeOf(headers["content-type"] ?? "");
    return { body, release, format, warning };
  }

  abort(): void {
    this.#prepared?.abort();
  }

  #typeOf(contentType: string): FormatChoice {
    if (this.#type === undefined || contentType !== this.#contentType) {
      this.#type = formatFromContentType(contentType, this.#fallback);
      this.#contentType = contentType;
    }
    return this.#type;
  }
}

function noRelease(): void {}

/** Parameters may be passwords. */
function urlWithoutSecrets(url: string): string {
  return url.split("?")[0] as string;
}

function scrapeErrorOf(error: Error, url: string): Error {
  if (error instanceof BodyLimitError) return new BodyTooLargeError("body size limit exceeded", { cause: error });
  if (error instanceof HttpTimeoutError) {
    return new ScrapeError(`Get "${url}": context deadline exceeded`, { cause: error });
  }
  return error;
}
