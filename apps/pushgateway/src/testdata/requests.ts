// One table of requests, for our Pushgateway and for Debian's: what each is answered, and what stands afterwards.
import { gzipSync } from "node:zlib";
import { encodeSnappyFrames } from "@narthex/formats";

export type RequestCase = {
  readonly method: "PUT" | "POST" | "DELETE" | "GET" | "OPTIONS";
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** Part of the answer. */
  readonly text?: string;
  /** Why Debian's version 1.5 answers otherwise, and how. */
  readonly debian?: { readonly status: number; readonly reason: string };
};

const put = (path: string, body: string | Uint8Array, status = 200, text?: string): RequestCase => {
  return { method: "PUT", path, body, status, ...(text === undefined ? {} : { text }) };
};
const post = (path: string, body: string, status = 200, text?: string): RequestCase => {
  return { ...put(path, body, status, text), method: "POST" };
};

const invalid = "pushed metrics are invalid or inconsistent with existing metrics: ";

/** io.prometheus.client.MetricFamily { name: "proto_total", type: COUNTER, metric { label a="b", counter 5 } }, delimited. */
const protobufBody = Buffer.from(
  "240a0b70726f746f5f746f74616c1800" + "2213" + "0a060a0161120162" + "1a09090000000000001440",
  "hex",
);

export const requests: readonly RequestCase[] = [
  put("/metrics/job/a", '# HELP foo How many.\n# TYPE foo counter\nfoo{x="1"} 3\nfoo{x="2"} 4\n# TYPE bar gauge\nbar 1\n'),
  // The same names in another group.
  put("/metrics/job/a/x/9", "# TYPE foo counter\nfoo 5\n"),
  // PUT replaces the group, POST the families of the same names.
  put("/metrics/job/replace", "one 1\ntwo 2\n"),
  put("/metrics/job/replace", "two 22\n"),
  post("/metrics/job/merge", "# TYPE m1 gauge\nm1 1\n# TYPE m2 gauge\nm2 2\n"),
  post("/metrics/job/merge", "# TYPE m2 gauge\nm2 22\n"),
  put("/metrics/job/emptied", "gone 1\n"),
  put("/metrics/job/emptied", ""),
  post("/metrics/job/kept", "kept 1\n"),
  post("/metrics/job/kept", ""),
  put("/metrics/job/deleted", "deleted 1\n"),
  { method: "DELETE", path: "/metrics/job/deleted", status: 202 },
  { method: "DELETE", path: "/metrics/job/never", status: 202 },
  { method: "DELETE", path: "/metrics/job/a/x/none", status: 202 },
  // The group's labels override those pushed.
  put("/metrics/job/over/zone/here", 'over{job="other",zone="there",instance="i1"} 1\n'),
  // Every type.
  put("/metrics/job/types", '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 2\ns_count 3\n# TYPE u untyped\nu NaN\n'),
  post("/metrics/job/types", '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 3\nh_sum 5\nh_count 3\n'),
  // Paths.
  put("/metrics/job@base64/c2xhc2gvZWQ=", "base64_job 1\n"),
  put("/metrics/job@base64/c2xhc2gvZWQ", "base64_job 2\n"),
  put("/metrics/job/paths/path@base64/L3Zhci90bXA", "base64_label 1\n"),
  put("/metrics/job/paths/empty@base64/=", "base64_empty 1\n"),
  put("/metrics/job/with%20blank", "blank_job 1\n"),
  put("/metrics/job/paths/", "slash_at_end 1\n"),
  put("/metrics/job/slash%2Fparts/it", "slash_parts 1\n"),
  put("/metrics/job/first/job/second", "job_twice 1\n"),
  put("/metrics/job/c/x", "", 400, 'odd number of components in label string "/x"'),
  put("/metrics/job/c/__x/1", "", 400, 'improper label name "__x"'),
  put("/metrics/job/c/a-b/1", "", 400, 'improper label name "a-b"'),
  put("/metrics/job@base64/=", "", 400, "job name is required"),
  put("/metrics/job@base64/!!", "", 400, "invalid base64 encoding in job name"),
  put("/metrics/job/c/x@base64/!!", "", 400, 'invalid base64 encoding for label x="!!"'),
  put("/metrics/job", "", 404),
  put("/metrics/nojob/x", "", 404),
  {
    ...put("/metrics/job/", "", 400, "job name is required"),
    debian: { status: 307, reason: "its router redirects to where nothing is" },
  },
  // Bodies that are refused.
  put("/metrics/job/bad", 'foo{x="1"} 3', 400, "text format parsing error in line 1: unexpected end of input stream"),
  put("/metrics/job/bad", "ok 1\nfoo bar\n", 400, "text format parsing error in line 2"),
  put("/metrics/job/bad", 'foo{x="1" 3\n', 400, "text format parsing error in line 1"),
  put("/metrics/job/bad", "# TYPE a gauge\n# TYPE a gauge\na 1\n", 400, 'second TYPE line for metric name "a"'),
  put("/metrics/job/bad", "foo 3 1234\n", 400, `${invalid}pushed metrics must not have timestamps`),
  put("/metrics/job/bad", "# TYPE foo gauge\nfoo 3\n", 400, invalid),
  put("/metrics/job/bad", "# TYPE d gauge\nd 3\nd 4\n", 400, "was collected before with the same name and label values"),
  put("/metrics/job/a/x/1", "# TYPE foo counter\nfoo 3\n", 400, "was collected before with the same name and label values"),
  put("/metrics/job/bad", "# TYPE process_cpu_seconds_total gauge\nprocess_cpu_seconds_total 3\n", 400, invalid),
  put("/metrics/job/bad", "# TYPE s_count counter\ns_count 2\n", 400, 'named "s_count"'),
  // Help texts may differ; so may types, where the other one goes away with the push.
  put("/metrics/job/help", "# HELP foo Another text.\n# TYPE foo counter\nfoo 7\n"),
  put("/metrics/job/retyped", "# TYPE retyped gauge\nretyped 1\n"),
  put("/metrics/job/retyped", "# TYPE retyped counter\nretyped 2\n"),
  // What the Pushgateway says itself cannot be pushed.
  post("/metrics/job/times", "push_time_seconds 5\nother 1\n"),
  // Encodings.
  {
    ...put("/metrics/job/proto", protobufBody),
    headers: {
      "content-type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
    },
  },
  {
    ...put("/metrics/job/gzip", gzipSync("gzipped 1\n")),
    headers: { "content-encoding": "gzip" },
  },
  {
    ...put("/metrics/job/snappy", encodeSnappyFrames(Buffer.from("snappied 1\n"))),
    headers: { "content-encoding": "snappy" },
    debian: { status: 400, reason: "snappy came later" },
  },
  {
    ...put("/metrics/job/gzip", "not gzip", 400, "cannot decompress"),
    headers: { "content-encoding": "gzip" },
  },
  // The rest of the interface.
  { method: "GET", path: "/metrics/job/a", status: 405 },
  { method: "GET", path: "/-/healthy", status: 200, text: "OK" },
  { method: "GET", path: "/-/ready", status: 200, text: "OK" },
  { method: "POST", path: "/-/healthy", status: 405 },
  { method: "PUT", path: "/-/quit", status: 403, text: "Lifecycle API is not enabled." },
  { method: "GET", path: "/-/quit", status: 405, text: "Only POST or PUT requests allowed." },
  { method: "GET", path: "/api/v1/nope", status: 404 },
  { method: "PUT", path: "/api/v1/admin/wipe", status: 404 },
  { method: "OPTIONS", path: "/api/v1/metrics", status: 200 },
  { method: "GET", path: "/api/v1/status", status: 200, text: '"status":"success"' },
  { method: "GET", path: "/api/v1/metrics", status: 200, text: '"last_push_successful":true' },
  { method: "GET", path: "/", status: 200, text: "Pushgateway" },
];

/** Sends one request as it stands, without following redirects. */
export async function send(base: string, request: RequestCase): Promise<{ status: number; text: string }> {
  const { method, path, body, headers = {} } = request;
  const hasBody = method === "PUT" || method === "POST";
  const answer = await fetch(base + path, {
    method,
    headers: { "content-type": "text/plain; version=0.0.4", ...headers },
    redirect: "manual",
    ...(hasBody ? { body: typeof body === "string" ? body : Buffer.from(body ?? []) } : {}),
  });
  return { status: answer.status, text: await answer.text() };
}

const own = /^(# \w+ )?(go_|process_|nodejs_|promhttp_|pushgateway_)/;
const times = /^(push_(?:failure_)?time_seconds\{.*\}) (\S+)$/;

/** Lines of what was pushed, sorted; times become 0 or 1, for never and once. */
export async function pushedLines(base: string): Promise<string[]> {
  const text = await (await fetch(`${base}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !own.test(line));
  return lines.map((line) => line.replace(times, (_, key: string, t: string) => `${key} ${t === "0" ? 0 : 1}`)).sort();
}
