// One fetch for all calls: JSON in, JSON out, every failure an ApiError that says what kind it is.
// Goes to: prometheus.ts, alertmanager.ts. An unreachable server is reported to connection.ts.
import { basePath } from "./base.js";
import { reportReachable, reportUnreachable } from "./connection.js";

/** Prometheus' error types, and what only a browser sees: the server cannot be reached, or answers something else. */
export type ErrorType =
  | "bad_data"
  | "execution"
  | "canceled"
  | "timeout"
  | "internal"
  | "not_found"
  | "unavailable"
  | "not_acceptable"
  | "unreachable"
  | "bad_response";

export class ApiError extends Error {
  readonly type: ErrorType;
  readonly status: number;

  constructor(type: ErrorType, message: string, status = 0) {
    super(message);
    this.name = "ApiError";
    this.type = type;
    this.status = status;
  }
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  method?: "GET" | "POST" | "DELETE";
  form?: URLSearchParams;
  json?: unknown;
}

export interface JsonResponse {
  status: number;
  /** `undefined` where the body is empty or is not JSON. */
  body: unknown;
  text: string;
}

// A proxy in front of a server that is down answers these with a body of its own.
const gatewayStatuses = new Set([502, 503, 504]);

/** Fetches `path` (relative to the base path). Throws ApiError "unreachable" when nothing answers; resolves for any status. */
export async function requestJson(path: string, options: RequestOptions = {}): Promise<JsonResponse> {
  const response = await fetchOrReport(path, options);
  const text = await response.text();
  const body = parseJson(text);
  const isAlertmanager = path.startsWith("/alertmanager/");
  if (body === undefined && (gatewayStatuses.has(response.status) || (response.status === 500 && text === ""))) {
    if (!isAlertmanager) reportUnreachable();
    throw new ApiError("unreachable", `The server does not answer (HTTP ${response.status}).`, response.status);
  }
  if (!isAlertmanager) reportReachable();
  return { status: response.status, body, text };
}

async function fetchOrReport(path: string, options: RequestOptions): Promise<Response> {
  try {
    return await fetch(basePath + path, requestInit(options));
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    reportUnreachable();
    throw new ApiError("unreachable", "The server does not answer. Is it running, and is the network up?");
  }
}

function requestInit({ signal, method = "GET", form, json }: RequestOptions): RequestInit {
  const headers: Record<string, string> = { accept: "application/json" };
  if (json !== undefined) headers["content-type"] = "application/json";
  const body = form ?? (json === undefined ? null : JSON.stringify(json));
  return { method, headers, body, signal: signal ?? null, credentials: "same-origin" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
