// Queries of many kinds over 10,000 series of 4 h, one sample every 15 s: counters of requests by host, job, handler, method and code,
// a histogram of durations, gauges of memory. Times in seconds from T0. Goes to: queries.mjs.
export const T0 = Date.UTC(2026, 0, 1) / 1000;
const H = 3600;
const last = 4 * H - 60;
/** Name, query, start, end, step. */
export const range = [
  ["raw all memory", "node_memory_bytes", 2 * H, 4 * H, 60],
  ["irate by code", "sum by (code) (irate(http_requests_total[2m]))", 1 * H, 4 * H, 30],
  ["deriv", "deriv(node_memory_bytes[10m])", 1 * H, 4 * H, 60],
  ["predict_linear", "predict_linear(node_memory_bytes[30m], 3600) < 0", 1 * H, 4 * H, 60],
  ["changes", "sum by (job) (changes(http_requests_total[10m]))", 2 * H, 4 * H, 60],
  ["resets", "topk(5, resets(http_requests_total[1h]))", 2 * H, 4 * H, 120],
  ["stddev over time", "stddev_over_time(node_memory_bytes[15m])", 1 * H, 4 * H, 60],
  ["avg by two labels", "avg by (job, method) (http_requests_total)", 0, 4 * H, 60],
  ["stddev by job", "stddev by (job) (rate(http_requests_total[5m]))", 2 * H, 4 * H, 60],
  ["quantile by job", "quantile by (job) (0.9, rate(http_requests_total[5m]))", 2 * H, 4 * H, 60],
  ["unless", 'http_requests_total{code="200"} unless http_requests_total{method="GET"}', 2 * H, 4 * H, 60],
  ["and on", "http_requests_total and on (instance) (node_memory_bytes > 1e9)", 3 * H, 4 * H, 60],
  ["one to one", "rate(http_requests_total[5m]) / http_requests_total", 3 * H, 4 * H, 60],
  ["group_left", 'http_requests_total * on (instance) group_left node_memory_bytes{kind="a"}', 3 * H, 4 * H, 60],
  [
    "label_replace",
    'sum by (shard) (label_replace(rate(http_requests_total[5m]), "shard", "$1", "instance", "host-(.).*"))',
    2 * H,
    4 * H,
    60,
  ],
  ["offset", "sum(rate(http_requests_total[5m])) / sum(rate(http_requests_total[5m] offset 1h))", 2 * H, 4 * H, 60],
  ["at end", "topk(5, http_requests_total @ end()) and topk(5, rate(http_requests_total[5m]))", 3 * H, 4 * H, 60],
  ["absent", 'absent(node_memory_bytes{instance="nobody"}) or absent_over_time(node_memory_bytes[5m])', 0, 4 * H, 60],
  ["p50 all", "histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[5m]))", 3 * H, 4 * H, 60],
  ["subquery of each", 'max_over_time(rate(http_requests_total{job="api-1"}[5m])[30m:1m])', 3 * H, 4 * H, 60],
  ["arithmetic", "(node_memory_bytes / 1024 / 1024) ^ 2 > bool 10", 1 * H, 4 * H, 60],
];
/** Name, query, time. */
export const instant = [
  ["all series", '{__name__!=""}', last],
  ["one series", 'node_memory_bytes{instance="host-7"}', last],
  ["sum by job", "sum by (job) (http_requests_total)", last],
  ["sort", "sort_desc(http_requests_total)", last],
  ["count_values", 'count_values("v", http_requests_total % 10)', last],
  ["topk rate", "topk(10, rate(http_requests_total[5m]))", last],
  ["join", 'http_requests_total / on (instance) group_left node_memory_bytes{kind="a"}', last],
  ["p99 now", "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", last],
  [
    "alert",
    '100 * sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m])) > 1',
    last,
  ],
  ["matrix", 'http_requests_total{instance="host-1"}[1h]', last],
  ["label_join", 'label_join(node_memory_bytes, "x", "-", "job", "instance")', last],
  ["avg over 1h", "avg_over_time(node_memory_bytes[1h])", last],
];
