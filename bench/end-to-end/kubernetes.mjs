// A cluster as kube-state-metrics, cadvisor and the API server show it, in a process of its own, and the rules that watch it.
// Two systems that scrape at other moments get the same samples: values are a function of the series and of the minute, and times stand
// on a grid. A scraper's nth scrape of a node has the grid's nth time, which lies ahead of the scrape, so that whatever is evaluated at a
// time sees the same in both.
// usage: node kubernetes.mjs PORT START_MS INTERVAL_S serves GET /node/<i>?system=<name>, with samples from START_MS on;
// `kubernetesRules` is for bench/end-to-end/rules.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

export const namespaceCount = 25;
const podsPerNode = 30;
const containersPerPod = 2;
const minuteMs = 60_000;
/** Samples are so far ahead of the start of the interval in which they are scraped. */
export const aheadMs = 30_000;

/** The same number in [0, 1) for the same words, in every process. */
function chance(...words) {
  let hash = 2166136261;
  for (const character of words.join("\0")) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** Name, and the value in a minute of who has the id. @type {[string, (id: string, minute: number) => number][]} */
const perContainer = [
  // Counters grow with the minute; one in a hundred restarts, throttles or fails in a given minute.
  ["kube_pod_container_status_restarts_total", (id, minute) => Math.floor(minute * chance(id, "r") ** 8 * 2)],
  ["container_cpu_usage_seconds_total", (id, minute) => Math.round(minute * 60 * chance(id, "cpu") * 100) / 100],
  ["container_memory_working_set_bytes", (id, minute) => Math.floor(2e9 * chance(id, "mem", minute))],
  ["container_cpu_cfs_throttled_periods_total", (id, minute) => Math.floor(minute * 600 * chance(id, "t") ** 4)],
  ["container_cpu_cfs_periods_total", (_, minute) => minute * 600],
  ["kube_pod_container_resource_requests_cpu", (id) => 0.1 + chance(id, "q")],
  ["kube_pod_container_resource_limits_cpu", (id) => 0.5 + chance(id, "l")],
  ["kube_pod_container_resource_limits_memory", () => 2e9],
  ["kube_pod_container_status_ready", (id, minute) => (chance(id, "ready", minute) > 0.01 ? 1 : 0)],
  ["kube_pod_container_status_waiting_reason", (id, minute) => (chance(id, "wait", minute) > 0.99 ? 1 : 0)],
  ["container_fs_reads_total", (id, minute) => Math.floor(minute * 1000 * chance(id, "fs"))],
  ["container_network_receive_bytes_total", (id, minute) => Math.floor(minute * 1e6 * chance(id, "rx"))],
  ["container_network_transmit_bytes_total", (id, minute) => Math.floor(minute * 1e6 * chance(id, "tx"))],
  ["container_memory_rss", (id, minute) => Math.floor(1e9 * chance(id, "rss", minute))],
];
const phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
/** @type {[string, (id: string, minute: number) => number][]} */
const perNode = [
  ["node_load1", (id, minute) => Math.round(chance(id, "load", minute) * 1600) / 100],
  ["node_memory_MemAvailable_bytes", (id, minute) => Math.floor(64e9 * chance(id, "avail", minute))],
  ["node_memory_MemTotal_bytes", () => 64e9],
  ["node_filesystem_avail_bytes", (id, minute) => Math.floor(500e9 * chance(id, "disk", minute))],
  ["node_filesystem_size_bytes", () => 500e9],
  ["kube_node_status_condition_ready", (id, minute) => (chance(id, "node", minute) > 0.02 ? 1 : 0)],
];
const verbs = ["GET", "LIST", "PUT", "POST", "DELETE", "WATCH"];
const bounds = ["0.05", "0.1", "0.2", "0.4", "0.8", "1.25", "2", "5", "10", "30", "+Inf"];

function bodyOf(node, minute) {
  const lines = [];
  for (const [name, value] of perNode) lines.push(`${name}{node="node-${node}"} ${value(`node-${node}`, minute)}`);
  for (let p = 0; p < podsPerNode; p++) {
    const pod = `pod-${node}-${p}`;
    const namespace = `team-${(node * podsPerNode + p) % namespaceCount}`;
    const isPending = chance(pod, "phase", minute) > 0.98;
    for (const phase of phases) {
      const isIt = phase === (isPending ? "Pending" : "Running");
      lines.push(`kube_pod_status_phase{namespace="${namespace}",pod="${pod}",phase="${phase}"} ${isIt ? 1 : 0}`);
    }
    for (let c = 0; c < containersPerPod; c++) {
      const labels = `namespace="${namespace}",pod="${pod}",container="c${c}",node="node-${node}"`;
      for (const [name, value] of perContainer) lines.push(`${name}{${labels}} ${value(`${pod}/${c}`, minute)}`);
    }
  }
  for (const verb of verbs) {
    for (let resource = 0; resource < 20; resource++) {
      let cumulative = 0;
      for (const le of bounds) {
        cumulative += Math.floor(minute * 20 * chance(node, verb, resource, le));
        lines.push(
          `apiserver_request_duration_seconds_bucket{node="node-${node}",verb="${verb}",resource="res-${resource}",le="${le}"} ${cumulative}`,
        );
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

/** `for` stands in whole minutes: both systems have come to the same state before the next minute. */
const templates = [
  (ns) =>
    alert(
      "KubePodCrashLooping",
      `increase(kube_pod_container_status_restarts_total{namespace="${ns}"}[5m]) > 1.5`,
      "1m",
    ),
  (ns) =>
    alert(
      "KubePodNotReady",
      `sum by (namespace, pod) (max by (namespace, pod) (kube_pod_status_phase{namespace="${ns}",phase=~"Pending|Unknown|Failed"})) > 0`,
      "1m",
    ),
  (ns) =>
    alert(
      "KubeContainerWaiting",
      `sum by (namespace, pod, container) (kube_pod_container_status_waiting_reason{namespace="${ns}"}) > 0`,
      "0s",
    ),
  (ns) => alert("KubeContainerNotReady", `kube_pod_container_status_ready{namespace="${ns}"} == 0`, "0s"),
  (ns) =>
    alert(
      "CPUThrottlingHigh",
      `sum by (container, pod, namespace) (increase(container_cpu_cfs_throttled_periods_total{namespace="${ns}"}[5m])) / sum by (container, pod, namespace) (increase(container_cpu_cfs_periods_total{namespace="${ns}"}[5m])) > 0.8`,
      "2m",
    ),
  (ns) =>
    alert(
      "ContainerMemoryNearLimit",
      `container_memory_working_set_bytes{namespace="${ns}"} / on (namespace, pod, container) kube_pod_container_resource_limits_memory{namespace="${ns}"} > 0.99`,
      "0s",
    ),
  (ns) =>
    record(
      "namespace:container_cpu_usage:rate",
      `sum by (namespace) (rate(container_cpu_usage_seconds_total{namespace="${ns}"}[5m]))`,
    ),
  (ns) =>
    record(
      "namespace_pod:memory_working_set:sum",
      `sum by (namespace, pod) (container_memory_working_set_bytes{namespace="${ns}"})`,
    ),
  (ns) =>
    record(
      "namespace:cpu_requests:sum",
      `sum by (namespace) (kube_pod_container_resource_requests_cpu{namespace="${ns}"})`,
    ),
  (ns) =>
    record(
      "namespace:cpu_overcommit:ratio",
      `sum(kube_pod_container_resource_limits_cpu{namespace="${ns}"}) / sum(kube_pod_container_resource_requests_cpu{namespace="${ns}"})`,
      { namespace: ns },
    ),
  (ns) =>
    record(
      "namespace:network_receive:rate",
      `sum by (namespace) (rate(container_network_receive_bytes_total{namespace="${ns}"}[5m]))`,
    ),
  (_, node) =>
    alert("NodeMemoryLow", `node_memory_MemAvailable_bytes{node="${node}"} / node_memory_MemTotal_bytes < 0.1`, "0s"),
  (_, node) => alert("NodeNotReady", `kube_node_status_condition_ready{node="${node}"} == 0`, "0s"),
  (_, node) => alert("NodeLoadHigh", `max_over_time(node_load1{node="${node}"}[30s]) > 12`, "1m"),
  (_, node) =>
    record(
      "node_verb:apiserver_request_duration:p99",
      `histogram_quantile(0.99, sum by (node, verb, le) (rate(apiserver_request_duration_seconds_bucket{node="${node}"}[5m])))`,
    ),
];

const alert = (name, expr, wait) => ({
  alert: name,
  expr,
  for: wait,
  labels: { severity: "warning" },
  annotations: { summary: "{{ $labels.namespace }}/{{ $labels.pod }}: {{ $value | humanize }}" },
});
const record = (name, expr, labels = {}) => ({ record: name, expr, labels });

/** Groups of 20 rules, named by their number, `count` rules in all: each template for one namespace and node after the other. */
export function kubernetesRules(count, nodeCount, nameOf = (i) => `group-${i}`) {
  const rules = Array.from({ length: count }, (_, i) => {
    const variant = Math.floor(i / templates.length);
    const rule = templates[i % templates.length](`team-${variant % namespaceCount}`, `node-${variant % nodeCount}`);
    // Rules of one name and one selection would be one alert.
    return { ...rule, labels: { ...rule.labels, variant: String(Math.floor(variant / namespaceCount)) } };
  });
  const groups = [];
  for (let i = 0; i < rules.length; i += 20) groups.push({ name: nameOf(i / 20), rules: rules.slice(i, i + 20) });
  // JSON is YAML.
  return JSON.stringify({ groups });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, startMs, intervalS] = process.argv.slice(2).map(Number);
  const intervalMs = intervalS * 1000;
  /** Counters have grown for a while. */
  const firstMinute = Math.floor(startMs / minuteMs) - 1000;
  const cache = new Map();
  /** Scrapes so far, by system and node. */
  const scrapes = new Map();
  const bodyAt = (node, t) => {
    const key = `${node} ${t}`;
    let body = cache.get(key);
    if (!body) {
      if (cache.size > 500) cache.clear();
      body = bodyOf(node, Math.floor(t / minuteMs) - firstMinute).replaceAll("\n", ` ${t}\n`);
      cache.set(key, body);
    }
    return body;
  };
  createServer((request, response) => {
    const { pathname, search } = new URL(request.url, "http://localhost");
    const node = Number(pathname.slice("/node/".length));
    if (!Number.isInteger(node)) return void response.writeHead(404).end();
    response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
    if (Date.now() < startMs) return void response.end("");
    const key = `${node} ${search}`;
    // A scrape that was left out leaves out its time.
    const due = Math.floor((Date.now() - startMs) / intervalMs);
    const n = Math.max(scrapes.get(key) ?? 0, due - 1);
    scrapes.set(key, n + 1);
    response.end(bodyAt(node, startMs + aheadMs + n * intervalMs));
  }).listen(port, "127.0.0.1");
}
