// One request to a target: headers, bounds, and what the answer's type means.
// Comes from: scrape/loop. Goes to: scrape/series (the body).
import { STATUS_CODES } from "node:http";
import { acceptHeader, type ExpositionFormat, formatFromContentType } from "@narthex/formats";
import { BodyLimitError, type HttpClient, type HttpResponse, HttpTimeoutError } from "@narthex/service";
import type { ScrapeConfig } from "../config/scrape.js";
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
  readonly accept: string;
};

/** Bodies are bounded even where no body_size_limit is set: one target must not take all memory. */
export const bodyBytesMax: number = 512 * 1024 * 1024;

export function fetchRequestOf(client: HttpClient, config: ScrapeConfig): FetchRequest {
  return { client, config, accept: acceptHeader(config.scrape_protocols, config.metric_name_escaping_scheme) };
}

/** Throws ScrapeError, ContentTypeError, or the transport's error. */
export async function fetchTarget(target: Target, request: FetchRequest, signal: AbortSignal): Promise<Fetched> {
  const { client, config, accept } = request;
  const response = await ask(client, {
    url: target.url,
    headers: {
      accept,
      "accept-encoding": config.enable_compression ? "gzip" : "identity",
      "x-prometheus-scrape-timeout-seconds": String(target.timeoutMs / 1000),
    },
    timeoutMs: target.timeoutMs,
    bodyBytesMax: config.body_size_limit || bodyBytesMax,
    signal,
    ...(target.socketPath === "" ? {} : { socketPath: target.socketPath }),
  });
  const release = response.release ?? (() => {});
  if (response.status !== 200) {
    release();
    const status = `${response.status} ${STATUS_CODES[response.status] ?? ""}`.trim();
    throw new ScrapeError(`server returned HTTP status ${status}`);
  }
  const type = formatFromContentType(response.headers["content-type"] ?? "", config.fallback_scrape_protocol);
  return { body: response.body, release, format: type.format, warning: type.warning };
}

async function ask(client: HttpClient, request: Parameters<HttpClient["request"]>[0]): Promise<HttpResponse> {
  try {
    return await client.request(request);
  } catch (error) {
    if (error instanceof BodyLimitError) throw new BodyTooLargeError("body size limit exceeded", { cause: error });
    if (error instanceof HttpTimeoutError) {
      throw new ScrapeError(`Get "${request.url}": context deadline exceeded`, { cause: error });
    }
    throw error;
  }
}
