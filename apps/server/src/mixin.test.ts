// prometheus-mixin's alerts and dashboards watch a server by these metrics: each must be there from the start, under this name, so
// that what they compute is never silently empty.
import { expect, it } from "vitest";
import { openTestServer } from "./testing/server.js";

const alerts = `
  prometheus_config_last_reload_successful prometheus_sd_refresh_failures_total prometheus_sd_kubernetes_failures_total
  prometheus_notifications_queue_length prometheus_notifications_queue_capacity prometheus_notifications_errors_total
  prometheus_notifications_sent_total prometheus_notifications_dropped_total prometheus_notifications_alertmanagers_discovered
  prometheus_tsdb_reloads_failures_total prometheus_tsdb_compactions_failed_total prometheus_tsdb_head_samples_appended_total
  prometheus_target_metadata_cache_entries prometheus_rule_group_rules prometheus_target_scrapes_sample_duplicate_timestamp_total
  prometheus_target_scrapes_sample_out_of_order_total prometheus_target_scrapes_sample_out_of_bounds_total
  prometheus_remote_storage_samples_failed_total prometheus_remote_storage_samples_total
  prometheus_remote_storage_highest_timestamp_in_seconds prometheus_remote_storage_queue_highest_sent_timestamp_seconds
  prometheus_remote_storage_shards_desired prometheus_remote_storage_shards_max prometheus_rule_evaluation_failures_total
  prometheus_rule_group_iterations_missed_total prometheus_target_scrape_pool_exceeded_target_limit_total
  prometheus_target_scrape_pool_exceeded_label_limits_total prometheus_target_scrapes_exceeded_body_size_limit_total
  prometheus_target_scrapes_exceeded_sample_limit_total prometheus_target_sync_failed_total prometheus_engine_queries
  prometheus_engine_queries_concurrent_max prometheus_tsdb_wal_corruptions_total`;

const dashboards = `
  prometheus_build_info process_start_time_seconds prometheus_target_sync_length_seconds_sum prometheus_sd_discovered_targets
  prometheus_target_interval_length_seconds_sum prometheus_target_interval_length_seconds_count prometheus_tsdb_head_series
  prometheus_tsdb_head_chunks prometheus_engine_query_duration_seconds prometheus_engine_query_duration_seconds_count
  prometheus_remote_storage_samples_in_total prometheus_remote_storage_samples_pending prometheus_remote_storage_shards
  prometheus_remote_storage_shards_min prometheus_remote_storage_shard_capacity prometheus_remote_storage_samples_dropped_total
  prometheus_remote_storage_samples_retried_total prometheus_remote_storage_enqueue_retries_total prometheus_wal_watcher_current_segment
  prometheus_tsdb_wal_segment_current prometheus_config_last_reload_success_timestamp_seconds
  prometheus_rule_group_last_duration_seconds prometheus_rule_group_interval_seconds`;

const config = `
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:1']}]}]}
remote_write: [{url: 'http://127.0.0.1:1/write'}]
scrape_configs:
- {job_name: a, scrape_interval: 1s, static_configs: [{targets: [a]}], http_sd_configs: [{url: 'http://127.0.0.1:1/'}]}
`;

it("has the metrics of prometheus-mixin", async () => {
  const { server, base, clock } = await openTestServer({
    files: {
      "prometheus.yml": config,
      "rules.yml": "groups: [{name: g, interval: 1s, rules: [{record: a, expr: '1'}]}]",
    },
    body: "a 1\n",
    args: ["--storage.remote.flush-deadline=10ms"],
  });
  try {
    await expect.poll(async () => (await fetch(`${base}/-/ready`)).status, { timeout: 20_000 }).toBe(200);
    // Two scrapes have an interval between them.
    const wanted = `${alerts} ${dashboards}`.trim().split(/\s+/);
    const missing = async (): Promise<string[]> => {
      await clock.advance(1000);
      const text = await (await fetch(`${base}/metrics`)).text();
      const names = new Set(text.split("\n").map((line) => /^[a-z_]+/.exec(line)?.[0]));
      return wanted.filter((name) => !names.has(name));
    };
    await expect.poll(missing, { timeout: 15_000 }).toEqual([]);
  } finally {
    await server.close();
  }
});
