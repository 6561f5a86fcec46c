// The calls of Prometheus' HTTP API (/api/v1) that the pages make, typed as the server answers them.
// Comes from: request.ts. Goes to: the pages, through react-query.
import { ApiError, type ErrorType, type JsonResponse, type RequestOptions, requestJson } from "./request.js";

export type LabelRecord = Record<string, string>;
/** Seconds since 1970 and a value printed as Go prints floats ("NaN", "+Inf", "1e+21"). */
export type RawPoint = [t: number, v: string];
/** Boundary rule (0 = (lo,hi], 1 = [lo,hi), 2 = (lo,hi), 3 = [lo,hi]), lower bound, upper bound, count. */
export type RawBucket = [rule: number, lower: string, upper: string, count: string];

export interface RawHistogram {
  count: string;
  sum: string;
  buckets?: RawBucket[];
}

export interface VectorSeries {
  metric: LabelRecord;
  value?: RawPoint;
  histogram?: [t: number, h: RawHistogram];
}

export interface MatrixSeries {
  metric: LabelRecord;
  values?: RawPoint[];
  histograms?: [t: number, h: RawHistogram][];
}

export type QueryData =
  | { resultType: "vector"; result: VectorSeries[] }
  | { resultType: "matrix"; result: MatrixSeries[] }
  | { resultType: "scalar" | "string"; result: RawPoint };

export interface Answer<Data> {
  data: Data;
  warnings: string[];
  infos: string[];
  elapsedMs: number;
}

export type AlertState = "inactive" | "pending" | "firing";

/** A rule has the state of its most urgent alert, and none that is known before its first evaluation. */
export type RuleState = AlertState | "unknown";

export interface RuleAlert {
  labels: LabelRecord;
  annotations: LabelRecord;
  state: AlertState;
  activeAt: string;
  keepFiringSince?: string;
  value: string;
}

export interface AlertingRule {
  type: "alerting";
  name: string;
  query: string;
  /** Seconds of the rule's `for`. */
  duration: number;
  keepFiringFor?: number;
  labels: LabelRecord;
  annotations: LabelRecord;
  alerts: RuleAlert[];
  health: string;
  lastError?: string;
  lastEvaluation: string;
  evaluationTime: number;
  state: RuleState;
}

/** One change of an alert's state; Prometheus keeps none. */
export interface AlertTransition {
  time: string;
  previousState: AlertState;
  state: AlertState;
  activeAt: string;
  value: string;
  labels: LabelRecord;
  annotations: LabelRecord;
  rule: { name: string; group: string; file: string };
}

export interface RuleGroup {
  name: string;
  file: string;
  interval: number;
  rules: AlertingRule[];
  lastEvaluation: string;
  evaluationTime: number;
}

export type TargetHealth = "up" | "down" | "unknown";

export interface ActiveTarget {
  discoveredLabels: LabelRecord;
  labels: LabelRecord;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  lastError: string;
  lastScrape: string;
  /** Seconds. */
  lastScrapeDuration: number;
  health: TargetHealth;
  scrapeInterval: string;
  scrapeTimeout: string;
}

export interface DroppedTarget {
  discoveredLabels: LabelRecord;
  scrapePool?: string;
}

export interface TargetDiscovery {
  activeTargets: ActiveTarget[];
  droppedTargets: DroppedTarget[];
  droppedTargetCounts?: Record<string, number>;
}

export interface MetricMetadata {
  type: string;
  help: string;
  unit: string;
}

interface Envelope {
  status: "success" | "error";
  data?: unknown;
  errorType?: ErrorType;
  error?: string;
  warnings?: string[];
  infos?: string[];
}

/** Unwraps the envelope. Throws ApiError with the server's own error type and words. */
export function answerFrom<Data>(response: JsonResponse, elapsedMs: number): Answer<Data> {
  const envelope = response.body as Envelope | undefined;
  if (envelope?.status === "error") {
    throw new ApiError(envelope.errorType ?? "internal", envelope.error ?? "No reason given.", response.status);
  }
  if (envelope?.status !== "success") {
    const excerpt = response.text.slice(0, 200).trim();
    throw new ApiError("bad_response", `HTTP ${response.status}: ${excerpt || "empty answer"}`, response.status);
  }
  // The server is trusted to answer what its API documents; a cast here is the one place where JSON becomes a type.
  return { data: envelope.data as Data, warnings: envelope.warnings ?? [], infos: envelope.infos ?? [], elapsedMs };
}

async function request<Data>(path: string, options: RequestOptions = {}): Promise<Answer<Data>> {
  const start = performance.now();
  const response = await requestJson(`/api/v1/${path}`, options);
  return answerFrom<Data>(response, performance.now() - start);
}

export interface InstantQuery {
  expression: string;
  /** Seconds since 1970. */
  time: number;
}

export interface RangeQuery {
  expression: string;
  /** `start` and `end` in seconds since 1970, `step` in seconds. */
  start: number;
  end: number;
  step: number;
}

/** POST, as long expressions do not fit in a URL. */
export function queryInstant({ expression, time }: InstantQuery, signal?: AbortSignal): Promise<Answer<QueryData>> {
  const form = new URLSearchParams({ query: expression, time: String(time) });
  return request<QueryData>("query", { method: "POST", form, signal });
}

export function queryRange(range: RangeQuery, signal?: AbortSignal): Promise<Answer<QueryData>> {
  const { expression, start, end, step } = range;
  const form = new URLSearchParams({ query: expression, start: String(start), end: String(end), step: String(step) });
  return request<QueryData>("query_range", { method: "POST", form, signal });
}

/** The newest first, since `start` (seconds since 1970). `isCut` where there were too many for one answer. */
export async function fetchAlertHistory(
  start: number,
  signal?: AbortSignal,
): Promise<{ transitions: AlertTransition[]; isCut: boolean }> {
  const path = `alerts/history?start=${start}&limit=5000`;
  const { data, warnings } = await request<{ transitions: AlertTransition[] }>(path, { signal });
  return { transitions: data.transitions, isCut: warnings.length > 0 };
}

export async function fetchAlertingRules(signal?: AbortSignal): Promise<RuleGroup[]> {
  const { data } = await request<{ groups: RuleGroup[] }>("rules?type=alert", { signal });
  return data.groups;
}

export async function fetchAlerts(signal?: AbortSignal): Promise<RuleAlert[]> {
  const { data } = await request<{ alerts: RuleAlert[] }>("alerts", { signal });
  return data.alerts;
}

export async function fetchTargets(state: "active" | "dropped", signal?: AbortSignal): Promise<TargetDiscovery> {
  const { data } = await request<TargetDiscovery>(`targets?state=${state}`, { signal });
  return { ...data, activeTargets: data.activeTargets ?? [], droppedTargets: data.droppedTargets ?? [] };
}

export async function fetchMetadata(signal?: AbortSignal): Promise<Record<string, MetricMetadata[]>> {
  const { data } = await request<Record<string, MetricMetadata[]>>("metadata", { signal });
  return data;
}

export interface BuildInfo {
  version: string;
  revision: string;
  goVersion?: string;
}

export async function fetchBuildInfo(signal?: AbortSignal): Promise<BuildInfo> {
  const { data } = await request<BuildInfo>("status/buildinfo", { signal });
  return data;
}

/** One of the server's own metrics, in protobuf's JSON mapping: numbers that JSON has not are words. */
export interface MetricFamily {
  name: string;
  metric: { label?: { name: string; value: string }[]; counter?: MetricValue; gauge?: MetricValue }[];
}

export interface MetricValue {
  value: number | string;
}

/** Those whose names the (anchored) pattern matches. */
export async function fetchSelfMetrics(pattern: string, signal?: AbortSignal): Promise<MetricFamily[]> {
  const path = `status/self_metrics?${new URLSearchParams({ metric_name_pattern: pattern })}`;
  const { data } = await request<MetricFamily[]>(path, { signal });
  return data;
}
