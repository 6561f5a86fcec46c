// What an agent's own metrics say of it: what it takes in, and how each remote write endpoint keeps up. Pure.
// Comes from: api/prometheus (self metrics). Goes to: page.tsx.
import type { MetricFamily } from "../api/prometheus.js";

export const statusPattern =
  "prometheus_(agent_(active_series|samples_appended_total|out_of_order_samples_total)|tsdb_wal_storage_size_bytes|remote_storage_(highest_timestamp_in_seconds|queue_highest_sent_timestamp_seconds|shards|(samples|histograms)(_failed|_retried|_dropped|)_total|(samples|histograms)_pending))";

export interface AgentStatus {
  activeSeries: number;
  samplesAppended: number;
  outOfOrder: number;
  walBytes: number;
  /** Those that need a look first. */
  remotes: RemoteStatus[];
}

export type RemoteState = "error" | "pending" | "active";

/** Samples here are floats and histograms. */
export interface RemoteStatus {
  name: string;
  url: string;
  sent: number;
  pending: number;
  failed: number;
  retried: number;
  dropped: number;
  shards: number;
  /** How old the newest sample is that was sent, beside the newest that came in; undefined before the first. */
  behindMs: number | undefined;
  state: RemoteState;
}

/** Behind by more than this an endpoint does not keep up; Prometheus' own alert has 120 s. */
const behindMsMax = 120_000;

const stateOrder: Record<RemoteState, number> = { error: 0, pending: 1, active: 2 };

export function statusFrom(families: readonly MetricFamily[]): AgentStatus {
  const byName = new Map(families.map((family) => [family.name, family]));
  const sum = (name: string): number => total(byName.get(`prometheus_${name}`));
  const highestSeconds = sum("remote_storage_highest_timestamp_in_seconds");
  const remotes = remotesIn(byName.get("prometheus_remote_storage_samples_total")).map(({ name, url }) => {
    const of = (short: string): number => total(byName.get(`prometheus_remote_storage_${short}`), { name, url });
    const both = (short: string): number => of(`samples_${short}`) + of(`histograms_${short}`);
    const sentSeconds = of("queue_highest_sent_timestamp_seconds");
    const behindMs = sentSeconds > 0 ? Math.max(0, highestSeconds - sentSeconds) * 1000 : undefined;
    const [failed, retried] = [both("failed_total"), both("retried_total")];
    return {
      name,
      url,
      // Attempts are counted, those that came to nothing too.
      sent: Math.max(0, both("total") - failed - retried),
      pending: both("pending"),
      failed,
      retried,
      dropped: both("dropped_total"),
      shards: of("shards"),
      behindMs,
      state: stateOf(behindMs, retried),
    };
  });
  return {
    activeSeries: sum("agent_active_series"),
    samplesAppended: sum("agent_samples_appended_total"),
    outOfOrder: sum("agent_out_of_order_samples_total"),
    walBytes: sum("tsdb_wal_storage_size_bytes"),
    remotes: remotes.sort((a, b) => stateOrder[a.state] - stateOrder[b.state]),
  };
}

function stateOf(behindMs: number | undefined, retried: number): RemoteState {
  if (behindMs === undefined) return retried > 0 ? "error" : "pending";
  return behindMs > behindMsMax ? "error" : "active";
}

type Place = { name: string; url: string };

function placeOf(metric: MetricFamily["metric"][number]): Place {
  const value = (name: string): string => metric.label?.find((label) => label.name === name)?.value ?? "";
  return { name: value("remote_name"), url: value("url") };
}

function remotesIn(family: MetricFamily | undefined): Place[] {
  return (family?.metric ?? []).map(placeOf);
}

/** Of all metrics of the family, or of those of one endpoint. */
function total(family: MetricFamily | undefined, only?: Place): number {
  let sum = 0;
  for (const metric of family?.metric ?? []) {
    const place = placeOf(metric);
    if (only && (place.name !== only.name || place.url !== only.url)) continue;
    sum += Number(metric.counter?.value ?? metric.gauge?.value ?? 0);
  }
  return sum;
}
