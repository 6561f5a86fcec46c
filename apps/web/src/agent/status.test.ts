import { expect, it } from "vitest";
import type { MetricFamily } from "../api/prometheus.js";
import { statusFrom } from "./status.js";

const at = (remote: string, value: number, more: Record<string, string> = {}) => {
  const labels = { remote_name: remote, url: `http://${remote}/`, ...more };
  return { label: Object.entries(labels).map(([name, text]) => ({ name, value: text })), gauge: { value } };
};

const family = (name: string, metric: MetricFamily["metric"]): MetricFamily => ({ name: `prometheus_${name}`, metric });

it("endpoints that do not keep up come first", () => {
  const status = statusFrom([
    family("agent_active_series", [{ gauge: { value: 7 } }]),
    family("agent_samples_appended_total", [
      { label: [{ name: "type", value: "float" }], counter: { value: 40 } },
      { label: [{ name: "type", value: "histogram" }], counter: { value: 2 } },
    ]),
    family("remote_storage_highest_timestamp_in_seconds", [{ gauge: { value: 1000 } }]),
    family("remote_storage_samples_total", [at("a", 10), at("b", 20), at("new", 0), at("c", 5)]),
    family("remote_storage_histograms_total", [at("a", 1)]),
    family("remote_storage_samples_retried_total", [at("c", 5)]),
    family("remote_storage_samples_pending", [at("b", 3)]),
    family("remote_storage_samples_dropped_total", [
      at("a", 1, { reason: "too_old" }),
      at("a", 2, { reason: "dropped_series" }),
    ]),
    family("remote_storage_queue_highest_sent_timestamp_seconds", [at("a", 998), at("b", 700), at("c", 0)]),
  ]);
  expect(status).toMatchObject({ activeSeries: 7, samplesAppended: 42, outOfOrder: 0 });
  expect(status.remotes.map(({ name, state, behindMs }) => [name, state, behindMs])).toEqual([
    ["b", "error", 300_000],
    ["c", "error", undefined],
    ["new", "pending", undefined],
    ["a", "active", 2000],
  ]);
  expect(status.remotes[1]).toMatchObject({ sent: 0, retried: 5 });
  expect(status.remotes.at(-1)).toMatchObject({ sent: 11, dropped: 3, url: "http://a/" });
});

it("an agent that sends nowhere has no endpoints", () => {
  expect(statusFrom([]).remotes).toEqual([]);
});
