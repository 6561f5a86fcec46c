// What is sent to both systems: every endpoint of the HTTP API that Prometheus 2.42 has, well and badly asked.
// Goes to: http-api/http-api.test.
import { dataEnd } from "../differential/data.js";

export type ApiCall = {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Seconds, inside the data. */
const at = dataEnd / 1000 - 600;
const range = `start=${at - 300}&end=${at}&step=60`;
const between = `start=${at - 3600}&end=${at}`;

const queries = [
  `query=requests_total&time=${at}`,
  `query=requests_total&time=${at}&timeout=10s`,
  `query=requests_total&time=${new Date(at * 1000).toISOString()}`,
  `query=rate(requests_total[5m])&time=${at}`,
  `query=latency_bucket&time=${at}`,
  `query=1&time=${at}`,
  "query=1.5&time=5.123",
  `query="text"&time=${at}`,
  `query=requests_total[2m]&time=${at}`,
  `query=nothing&time=${at}`,
  `query=wild&time=${at}`,
  `query=time()&time=${at}`,
  `query=1/0&time=${at}`,
  `query=requests_total&time=${at}&stats=all`,
  `query=requests_total&time=${at}&stats=true`,
  "query=up",
  "query=",
  "",
  "query=sum(",
  "query=up{",
  "query=up{a=~'('}",
  "query=nosuch(up)",
  "query=rate(up)",
  "query=up&time=never",
  "query=up&time=1e99",
  "query=up&time=",
  "query=up&timeout=never",
  "query=up&timeout=-1s",
  "query=up&timeout=0.000000001",
  `query=requests_total*on()requests_total&time=${at}`,
  `query=label_replace(requests_total,"__name__","","","")&time=${at}`,
  "query={__name__=~'.*'}",
  "query=%ff%fe",
  "query=up;rm",
  `query=count_values("a b",requests_total)&time=${at}`,
  `query=quantile(2,requests_total)&time=${at}`,
];

const ranges = [
  `query=requests_total&${range}`,
  `query=sum(requests_total)&${range}`,
  `query=1&${range}`,
  `query=nothing&${range}`,
  `query=requests_total&${range}&timeout=5s`,
  `query=requests_total&${range}&stats=all`,
  `query=requests_total&start=${at - 300}&end=${at}&step=1m`,
  `query=requests_total&start=${at}&end=${at}&step=1`,
  `query="text"&${range}`,
  `query=requests_total[1m]&${range}`,
  `query=requests_total&start=${at}&end=${at - 300}&step=60`,
  `query=requests_total&start=${at - 300}&end=${at}&step=0`,
  `query=requests_total&start=${at - 300}&end=${at}&step=-5`,
  `query=requests_total&start=${at - 300}&end=${at}&step=soon`,
  `query=requests_total&start=${at - 300}&end=${at}`,
  `query=requests_total&start=soon&end=${at}&step=60`,
  `query=requests_total&end=${at}&step=60`,
  `query=requests_total&start=${at - 300}&step=60`,
  `query=requests_total&start=0&end=${at}&step=1`,
  `query=requests_total&start=0&end=11000&step=1`,
  `query=requests_total&start=0&end=11001&step=1`,
  `query=sum(&${range}`,
  `query=&${range}`,
  range,
];

const series = [
  `match[]=requests_total&${between}`,
  `match[]=requests_total&match[]=queue&${between}`,
  "match[]=requests_total",
  "match[]=nothing",
  "match[]={job=~'a.*'}",
  "match[]={__name__=~'.+'}&start=0&end=1",
  "match[]={}",
  "match[]=sum(up)",
  "match[]=up{",
  "match[]=",
  "",
  "match[]=up&start=never",
  "match[]=up&start=5&end=1",
  "match[]={job=~'('}",
];

const labels = [
  "",
  between,
  "match[]=requests_total",
  "match[]=nothing",
  "match[]={}",
  "match[]=up{",
  "start=never",
  "start=5&end=1",
  "start=0&end=1",
];

const gets: readonly string[] = [
  ...queries.map((query) => `/api/v1/query?${query}`),
  ...ranges.map((query) => `/api/v1/query_range?${query}`),
  ...series.map((query) => `/api/v1/series?${query}`),
  ...labels.map((query) => `/api/v1/labels?${query}`),
  "/api/v1/label/job/values",
  `/api/v1/label/job/values?${between}`,
  "/api/v1/label/job/values?match[]=requests_total",
  "/api/v1/label/job/values?match[]=up{",
  "/api/v1/label/job/values?start=never",
  "/api/v1/label/none/values",
  "/api/v1/label/__name__/values",
  "/api/v1/query_exemplars?query=requests_total",
  `/api/v1/query_exemplars?query=test&start=${at}&end=${at}`,
  "/api/v1/query_exemplars?query=sum(",
  "/api/v1/query_exemplars?query=up&start=5&end=1",
  "/api/v1/query_exemplars?query=1",
  "/api/v1/query_exemplars",
  "/api/v1/format_query?query=sum(up)by(job)",
  "/api/v1/format_query?query=sum(",
  "/api/v1/format_query",
  "/api/v1/targets",
  "/api/v1/targets?state=active",
  "/api/v1/targets?state=dropped",
  "/api/v1/targets?state=any",
  "/api/v1/targets?state=none",
  "/api/v1/targets?scrapePool=app",
  "/api/v1/targets?scrapePool=none",
  "/api/v1/scrape_pools",
  "/api/v1/targets/metadata",
  "/api/v1/targets/metadata?metric=up",
  "/api/v1/targets/metadata?match_target={job='app'}",
  "/api/v1/targets/metadata?match_target={",
  "/api/v1/targets/metadata?limit=x",
  "/api/v1/metadata",
  "/api/v1/metadata?limit=1",
  "/api/v1/metadata?limit=x",
  "/api/v1/metadata?metric=none",
  "/api/v1/rules",
  "/api/v1/rules?type=alert",
  "/api/v1/rules?type=record",
  "/api/v1/rules?type=none",
  "/api/v1/alerts",
  "/api/v1/alertmanagers",
  "/api/v1/status/config",
  "/api/v1/status/flags",
  "/api/v1/status/runtimeinfo",
  "/api/v1/status/buildinfo",
  "/api/v1/status/tsdb",
  "/api/v1/status/tsdb?limit=2",
  "/api/v1/status/tsdb?limit=0",
  "/api/v1/status/tsdb?limit=x",
  "/api/v1/status/walreplay",
  "/api/v1/status/none",
  "/api/v1/none",
  "/api/v1/",
  "/api/v2/query",
  "/federate?match[]=up",
  "/federate?match[]={",
  "/federate",
  "/metrics",
  "/version",
  "/-/healthy",
  "/-/ready",
  "/-/none",
  "/consoles/none.html",
  "/user/none",
  "/graph",
  "/",
];

const wrongMethods: readonly ApiCall[] = [
  { method: "POST", path: "/api/v1/targets" },
  { method: "POST", path: "/api/v1/label/job/values" },
  { method: "PUT", path: "/api/v1/query?query=1" },
  { method: "DELETE", path: "/api/v1/rules" },
  { method: "GET", path: "/-/reload" },
  { method: "GET", path: "/-/quit" },
  { method: "DELETE", path: "/-/reload" },
  { method: "GET", path: "/api/v1/admin/tsdb/snapshot" },
  { method: "GET", path: "/api/v1/write" },
  { method: "GET", path: "/api/v1/read" },
  { method: "HEAD", path: "/-/healthy" },
  { method: "HEAD", path: "/-/ready" },
];

const origin = { origin: "https://grafana.example" };

const forms: readonly ApiCall[] = [
  { method: "POST", path: "/api/v1/query", form: { query: "requests_total", time: String(at) } },
  { method: "POST", path: "/api/v1/query", form: { query: "sum(" } },
  { method: "POST", path: "/api/v1/query", form: {} },
  { method: "POST", path: `/api/v1/query?query=1&time=${at}`, form: { query: "2" } },
  { method: "POST", path: "/api/v1/query", body: '{"query":"1"}', headers: { "content-type": "application/json" } },
  {
    method: "POST",
    path: "/api/v1/query_range",
    form: { query: "sum(requests_total)", start: String(at - 60), end: String(at), step: "15" },
  },
  { method: "POST", path: "/api/v1/query_range", form: { query: "sum(requests_total)" } },
  { method: "POST", path: "/api/v1/series", form: { "match[]": "requests_total" } },
  { method: "POST", path: "/api/v1/labels", form: { "match[]": "requests_total" } },
  { method: "POST", path: "/api/v1/query_exemplars", form: { query: "requests_total" } },
  { method: "POST", path: "/api/v1/format_query", form: { query: "sum(up)by(job)" } },
  { method: "POST", path: "/api/v1/read", body: "x" },
];

const changes: readonly ApiCall[] = [
  { method: "POST", path: "/api/v1/admin/tsdb/delete_series" },
  { method: "POST", path: "/api/v1/admin/tsdb/delete_series?match[]={" },
  { method: "POST", path: "/api/v1/admin/tsdb/delete_series?match[]=nothing" },
  { method: "PUT", path: "/api/v1/admin/tsdb/delete_series?match[]=nothing&start=never" },
  { method: "POST", path: "/api/v1/admin/tsdb/snapshot?skip_head=true" },
  { method: "POST", path: "/api/v1/admin/tsdb/snapshot?skip_head=maybe" },
  { method: "POST", path: "/api/v1/admin/tsdb/clean_tombstones" },
  { method: "POST", path: "/-/reload" },
];

const crossOrigin: readonly ApiCall[] = [
  { path: "/api/v1/labels", headers: origin },
  { path: "/api/v1/none", headers: origin },
  { path: "/-/healthy", headers: origin },
  { method: "OPTIONS", path: "/api/v1/query", headers: { ...origin, "access-control-request-method": "POST" } },
  { method: "OPTIONS", path: "/api/v1/targets" },
  { method: "OPTIONS", path: "/api/v1/none" },
];

export const requests: readonly ApiCall[] = [
  ...gets.map((path) => ({ path })),
  ...wrongMethods,
  ...forms,
  ...changes,
  ...crossOrigin,
];
