// One HTTP request of an integration, its outcome judged as Alertmanager does: 2xx is accepted, network errors and 5xx
// may be tried again, anything else is final.
import { readFileSync } from "node:fs";
import { errorText, type HttpClient, type HttpResponse, HttpTimeoutError, type Secret } from "@narthex/service";
import { type FailureReason, NotifyError } from "./notification.js";

/** Bytes of an answer that are read. */
const answerBytesMax = 1024 * 1024;
/** Bytes of an answer that are repeated in errors. */
const quotedBytesMax = 1024;
/** Bound of one attempt; the flush may end it earlier. */
const attemptMsMax = 60_000;

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
  /** Statuses besides 5xx that may be tried again. */
  readonly retryStatuses?: readonly number[];
}

/** JSON unless headers say otherwise. Throws NotifyError. */
export async function post(client: HttpClient, request: PostRequest): Promise<HttpResponse> {
  const response = await send(client, request);
  if (response.status >= 200 && response.status < 300) return response;
  const details = response.body.subarray(0, quotedBytesMax).toString("utf8").trim();
  throw new NotifyError(`unexpected status code ${response.status}${details === "" ? "" : `: ${details}`}`, {
    isRetryable: response.status >= 500 || (request.retryStatuses ?? []).includes(response.status),
    reason: failureReason(response.status),
  });
}

async function send(client: HttpClient, request: PostRequest): Promise<HttpResponse> {
  try {
    return await client.request({
      method: request.method ?? "POST",
      url: request.url,
      headers: { "content-type": "application/json", ...request.headers },
      body: request.body,
      timeoutMs: request.timeoutMs ?? attemptMsMax,
      bodyBytesMax: answerBytesMax,
      signal: request.signal,
    });
  } catch (error) {
    const reason = error instanceof HttpTimeoutError ? "contextDeadlineExceeded" : "other";
    throw new NotifyError(redactUrl(errorText(error), request.url), { isRetryable: true, reason, cause: error });
  }
}

// URLs of chat services are secrets.
function redactUrl(message: string, url: string): string {
  return message.replaceAll(url, "<redacted>");
}

function failureReason(status: number): FailureReason {
  if (status === 401 || status === 403) return "authError";
  if (status === 429) return "rateLimited";
  return status >= 500 ? "serverError" : "clientError";
}

/** A secret from the config or, read anew each time, from a file. Throws NotifyError. */
export function readSecret(inline: Secret | undefined, file: string | undefined): string {
  if (inline) return inline.reveal();
  try {
    return file ? readFileSync(file, "utf8").trim() : "";
  } catch (error) {
    throw new NotifyError(`cannot read ${file}`, { isRetryable: false, reason: "other", cause: error });
  }
}
