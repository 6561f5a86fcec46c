// One server that queries read from besides our own storage: sends a query, takes the answer as bytes.
// Comes from: remote/read/remotes. Goes to: service's HTTP client. Prometheus: storage/remote/client.go Read.
import { STATUS_CODES } from "node:http";
import {
  chunksContentType,
  encodeReadRequest,
  encodeSnappy,
  type ReadQuery,
  type ReadResponseType,
  samplesContentType,
} from "@narthex/formats";
import type { Matcher } from "@narthex/model";
import { createHttpClient, errorText, type HttpClient, type HttpResponse, HttpTimeoutError } from "@narthex/service";
import { Slots } from "@narthex/stdx";
import type { RemoteReadConfig } from "../../config/remote-read.js";
import { shownUrl } from "../../config/url.js";
import { userAgent } from "../../version.js";
import { type Asked, askedQuery, askedRange, type ReadSurroundings } from "./asked.js";
import type { TimeSpan } from "./data.js";
import type { ReadMetrics } from "./metrics.js";

/** Of one answer as it comes: chunks of more samples than --query.max-samples lets a query have, by default. */
export const answerBytesMax: number = 128 * 1024 * 1024;
/** Requests to one remote at once; others wait for their turn. */
const requestsMax = 8;

/** A remote gave no answer. The text begins as Prometheus' does. */
export class RemoteReadError extends Error {
  override readonly name = "RemoteReadError";
  constructor(text: string, options?: ErrorOptions) {
    super(`remote_read: ${text}`, options);
  }
}

export type Received = { readonly type: ReadResponseType; readonly body: Uint8Array<ArrayBuffer> };

export type RemoteOptions = {
  readonly config: RemoteReadConfig;
  readonly metrics: ReadMetrics;
  readonly stopwatchMs: () => number;
};

export class Remote {
  readonly config: RemoteReadConfig;
  readonly #client: HttpClient;
  readonly #metrics: ReadMetrics;
  readonly #stopwatchMs: () => number;
  readonly #slots = new Slots(requestsMax);
  #running = 0;
  #isRetired = false;

  /** Throws an Error where the environment names a proxy that is none. */
  constructor({ config, metrics, stopwatchMs }: RemoteOptions) {
    this.config = config;
    this.#client = createHttpClient(config, { userAgent });
    this.#metrics = metrics;
    this.#stopwatchMs = stopwatchMs;
  }

  /** Whether anything of a range would be asked for. */
  isWanted(range: TimeSpan, localStart: number): boolean {
    return askedRange(this.config, range, localStart) !== undefined;
  }

  asked(
    selection: TimeSpan & { readonly matchers: readonly Matcher[] },
    surroundings: ReadSurroundings,
  ): Asked | undefined {
    return askedQuery(this.config, selection, surroundings);
  }

  /** Rejects with RemoteReadError, and with the signal's reason when it is aborted first. */
  async read(query: ReadQuery, signal: AbortSignal): Promise<Received> {
    return this.#slots.run(async () => {
      signal.throwIfAborted();
      this.#metrics.begin();
      this.#running++;
      try {
        return await this.#read(query, signal);
      } finally {
        this.#running--;
        this.#metrics.end();
        if (this.#isRetired) this.retire();
      }
    });
  }

  async #read(query: ReadQuery, signal: AbortSignal): Promise<Received> {
    const started = this.#stopwatchMs();
    const response = await this.#post(query, signal);
    const { status, headers, body } = response;
    if (status < 200 || status > 299) throw this.#refusal(response);
    const type = typeOf(headers["content-type"] ?? "");
    const responseType = type === undefined ? "unsupported" : labelOf[type];
    this.#metrics.note({ responseType, code: String(status), seconds: (this.#stopwatchMs() - started) / 1000 });
    if (type === undefined) throw new RemoteReadError(`unsupported content type: ${headers["content-type"] ?? ""}`);
    return { type, body: ownBytes(body) };
  }

  async #post(query: ReadQuery, signal: AbortSignal): Promise<HttpResponse> {
    const { url, remote_timeout, headers } = this.config;
    try {
      return await this.#client.request({
        method: "POST",
        url,
        headers: {
          ...headers,
          "content-type": "application/x-protobuf",
          "content-encoding": "snappy",
          "accept-encoding": "snappy",
          "x-prometheus-remote-read-version": "0.1.0",
        },
        body: encodeSnappy(encodeReadRequest([query], ["STREAMED_XOR_CHUNKS", "SAMPLES"])),
        timeoutMs: remote_timeout,
        bodyBytesMax: answerBytesMax,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      const isLate = error instanceof HttpTimeoutError;
      const reason = isLate ? `Post ${JSON.stringify(shownUrl(url))}: context deadline exceeded` : errorText(error);
      throw new RemoteReadError(`error sending request: ${reason}`, { cause: error });
    }
  }

  #refusal({ status, body }: HttpResponse): RemoteReadError {
    const statusText = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
    const text = body.subarray(0, refusalBytesMax).toString().trim();
    return new RemoteReadError(
      `remote server ${shownUrl(this.config.url)} returned http status ${statusText}: ${text}`,
    );
  }

  /** No query asks any more; those that do get their answer. */
  retire(): void {
    this.#isRetired = true;
    if (this.#running === 0) this.#client.close();
  }

  close(): void {
    this.#client.close();
  }
}

/** Of what a remote says instead of an answer, so much is shown. */
const refusalBytesMax = 1024;

const labelOf: Readonly<Record<ReadResponseType, string>> = { SAMPLES: "sampled", STREAMED_XOR_CHUNKS: "chunked" };

function typeOf(contentType: string): ReadResponseType | undefined {
  if (contentType.startsWith(samplesContentType)) return "SAMPLES";
  return contentType.startsWith(chunksContentType) ? "STREAMED_XOR_CHUNKS" : undefined;
}

/** A body of this size may have a buffer of its own, which need not be copied to be handed to another thread. */
const copiedBytesMax = 64 * 1024;

function ownBytes(body: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = body;
  const isOwn = length > copiedBytesMax && buffer instanceof ArrayBuffer && buffer.byteLength <= 2 * length;
  return isOwn ? new Uint8Array(buffer as ArrayBuffer, byteOffset, length) : Uint8Array.from(body);
}
