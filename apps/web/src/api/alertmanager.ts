// The calls of Alertmanager's v2 API that the alerts page makes, through the server's proxy at /alertmanager.
import type { LabelRecord } from "./prometheus.js";
import { ApiError, type JsonResponse, type RequestOptions, requestJson } from "./request.js";

export interface HeldAlert {
  labels: LabelRecord;
  annotations: LabelRecord;
  startsAt: string;
  endsAt: string;
  updatedAt: string;
  generatorURL?: string;
  fingerprint: string;
  receivers: { name: string }[];
  status: {
    state: "unprocessed" | "active" | "suppressed";
    silencedBy: string[];
    inhibitedBy: string[];
    /** Names of the mute time intervals in force; only newer Alertmanagers send it. */
    mutedBy?: string[];
  };
}

export interface AlertGroup {
  labels: LabelRecord;
  receiver: { name: string };
  alerts: HeldAlert[];
}

export interface SilenceMatcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

export type SilenceState = "active" | "pending" | "expired";

export interface Silence {
  id: string;
  status: { state: SilenceState };
  matchers: SilenceMatcher[];
  startsAt: string;
  endsAt: string;
  updatedAt: string;
  createdBy: string;
  comment: string;
}

export interface SilenceDraft {
  /** Set to change a silence that exists. */
  id?: string;
  matchers: SilenceMatcher[];
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
}

/** Alertmanager answers errors as a JSON string, or as {code, message} when its schema rejects the request. */
export function errorMessageFrom({ body, text, status }: JsonResponse): string {
  if (typeof body === "string") return body;
  const message = (body as { message?: unknown } | null | undefined)?.message;
  if (typeof message === "string") return message;
  return text.trim().slice(0, 200) || `HTTP ${status}`;
}

async function request<Data>(path: string, options: RequestOptions = {}): Promise<Data> {
  const response = await requestJson(`/alertmanager/api/v2/${path}`, options);
  if (response.status >= 400) {
    const type = response.status === 404 ? "not_found" : response.status < 500 ? "bad_data" : "internal";
    throw new ApiError(type, errorMessageFrom(response), response.status);
  }
  return response.body as Data;
}

export function fetchAlertGroups(signal?: AbortSignal): Promise<AlertGroup[]> {
  return request<AlertGroup[]>("alerts/groups", { signal });
}

/** Alerts that match all `filters`, each as `name="value"`: what a silence with these matchers would cover. */
export function fetchMatchingAlerts(filters: string[], signal?: AbortSignal): Promise<HeldAlert[]> {
  const parameters = new URLSearchParams(filters.map((filter) => ["filter", filter]));
  return request<HeldAlert[]>(`alerts?${parameters}`, { signal });
}

export function fetchSilences(signal?: AbortSignal): Promise<Silence[]> {
  return request<Silence[]>("silences", { signal });
}

/** Returns the id of the silence, which is a new one when Alertmanager could not change the old in place. */
export async function saveSilence(draft: SilenceDraft): Promise<string> {
  const { silenceID } = await request<{ silenceID: string }>("silences", { method: "POST", json: draft });
  return silenceID;
}

export async function expireSilence(id: string): Promise<void> {
  await request<unknown>(`silence/${encodeURIComponent(id)}`, { method: "DELETE" });
}
