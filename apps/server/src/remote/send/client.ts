// One request of remote write, and what its answer means: stored, not to be sent again, or to be tried again.
// Comes from: send/delivery. Goes to: the remote. Whatever it answers, little of that is read and kept.
import { type WriteVersion, writeHeaders } from "@narthex/formats";
import { BodyLimitError, errorText, type HttpClient, type HttpResponse } from "@narthex/service";
import type { Counts } from "./batch.js";

/** Rows that the remote says it wrote. */
export type Written = Counts;

export type StoreOutcome =
  | { readonly kind: "stored"; readonly written: Written }
  | { readonly kind: "refused"; readonly written: Written; readonly message: string }
  | { readonly kind: "retry"; readonly message: string; readonly retryAfterMs: number };

export type ClientOptions = {
  readonly http: Pick<HttpClient, "request" | "close">;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly version: WriteVersion;
  readonly timeoutMs: number;
  readonly retriesOn429: boolean;
  /** Tells the time for a Retry-After that is a date. */
  readonly now: () => number;
};

export type Request = {
  /** 0 for the first. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** What the body carries. */
  readonly counts: Counts;
};

const answerBytesMax = 64 * 1024;
/** Of an answer's text, as much as a log line is to have. */
const messageLengthMax = 1024;
/** A remote may ask for patience, not for being given up. */
const retryAfterMsMax = 10 * 60_000;

const none: Written = { samples: 0, histograms: 0, exemplars: 0 };

export class WriteClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async store(body: Uint8Array, { attempt, signal, counts }: Request): Promise<StoreOutcome> {
    const { http, url, headers, version, timeoutMs } = this.#options;
    try {
      const answer = await http.request({
        method: "POST",
        url,
        headers: {
          ...headers,
          ...writeHeaders[version],
          ...(attempt > 0 ? { "retry-attempt": String(attempt) } : {}),
        },
        body,
        timeoutMs,
        bodyBytesMax: answerBytesMax,
        signal,
      });
      return this.#judge(answer, counts);
    } catch (error) {
      // The head had come: what it says counts, whatever follows it.
      if (error instanceof BodyLimitError && error.status !== undefined) {
        return this.#judge({ status: error.status, headers: {}, body: noBody }, counts);
      }
      return { kind: "retry", message: errorText(error), retryAfterMs: 0 };
    }
  }

  close(): void {
    this.#options.http.close();
  }

  #judge({ status, headers, body }: Pick<HttpResponse, "status" | "headers" | "body">, counts: Counts): StoreOutcome {
    const { version, retriesOn429, now } = this.#options;
    const stated = writtenFrom(headers);
    const isSecond = version === "io.prometheus.write.v2.Request";
    if (status >= 200 && status <= 299) {
      if (!isSecond) return { kind: "stored", written: counts };
      const isNothing = stated === undefined || stated.samples + stated.histograms + stated.exemplars === 0;
      if (!isNothing) return { kind: "stored", written: stated };
      return { kind: "refused", written: none, message: unreadMessage(status) };
    }
    const message = `server returned HTTP status ${status}: ${textOf(body)}`;
    if (status >= 500 || (status === 429 && retriesOn429)) {
      return { kind: "retry", message, retryAfterMs: retryAfterMs(headers["retry-after"], now()) };
    }
    return { kind: "refused", written: stated ?? none, message };
  }
}

const noBody = Buffer.alloc(0);

function unreadMessage(status: number): string {
  return `the remote answered HTTP status ${status} and does not say that it wrote anything: it may know remote write 1.0 only`;
}

function textOf(body: Buffer): string {
  return body.toString("utf8", 0, messageLengthMax).trim();
}

/** Undefined where no header tells. */
function writtenFrom(headers: HttpResponse["headers"]): Written | undefined {
  const [samples, histograms, exemplars] = ["samples", "histograms", "exemplars"].map((kind) => {
    const text = headers[`x-prometheus-remote-write-${kind}-written`];
    return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  });
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0 };
}

/** Seconds, or a date (RFC 9110, 10.2.3); 0 where there is none. */
export function retryAfterMs(text: string | undefined, now: number): number {
  if (text === undefined) return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), retryAfterMsMax);
}
