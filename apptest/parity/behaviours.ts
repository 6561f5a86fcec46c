// What the synthetic target does: one job for each behaviour, and what the n-th scrape of a job is answered, from 0.
// Goes to: parity/target (serves it), parity/config (the jobs).
import { gzipSync } from "node:zlib";
import { contentTypes, encodeProtobufExposition } from "@narthex/formats";
import { type Histogram, labelsFrom } from "@narthex/model";

export type Reply = {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Before anything is sent. */
  readonly delayMs?: number;
  /** Only so many bytes are sent of what was promised, then the connection is torn down. */
  readonly cutAt?: number;
};

export type Behaviour = {
  readonly name: string;
  /** Fields of the job beside its name and targets; YAML of one line. */
  readonly job?: string;
  /** Fields that Prometheus 3 needs beside them, and 2.42 does not know. */
  readonly newer?: string;
  readonly answer: (n: number) => Reply;
};

/** Bodies with times of their own count from here, the same for both systems. */
export type Scene = { readonly baseTime: number; readonly otherHost: string };

const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const large = (n: number): string => Array.from({ length: 4000 }, (_, i) => `big{i="${i}"} ${n + i}\n`).join("");
const series = (count: number, n: number): string =>
  Array.from({ length: count }, (_, i) => `many{i="${i}"} ${n}\n`).join("");
const histogram = (n: number): string =>
  `# TYPE h histogram\nh_bucket{le="1"} ${n}\nh_bucket{le="5"} ${2 * n}\nh_bucket{le="+Inf"} ${3 * n}\nh_sum ${7 * n}\nh_count ${3 * n}\n` +
  `# TYPE s summary\ns{quantile="0.5"} ${n}\ns{quantile="1"} ${n + 1}\ns_sum ${n}\ns_count ${n}\n`;

/** One that grows, gets new buckets, starts over at the fifth scrape, and is gone at the third. */
function nativeHistogram(n: number): Uint8Array {
  const count = n % 4;
  const positiveBuckets = Array.from({ length: 1 + count }, (_, i) => 1 + i + count);
  const native: Histogram = {
    schema: 1,
    counterResetHint: "unknown",
    zeroThreshold: 0.001,
    zeroCount: count,
    count: count + positiveBuckets.reduce((sum, one) => sum + one) + 1,
    sum: n / 2,
    positiveSpans: [{ offset: -1, length: positiveBuckets.length }],
    positiveBuckets,
    negativeSpans: [{ offset: 3, length: 1 }],
    negativeBuckets: [1],
    customValues: [],
  };
  const metric = { labels: labelsFrom({ a: "b" }), count: native.count, sum: native.sum, buckets: [], native };
  const histograms = n === 2 ? [] : [metric];
  const gauge = { name: "g", help: "G.", type: "gauge", metrics: [{ labels: labelsFrom({}), v: n }] } as const;
  return encodeProtobufExposition(
    [gauge, { name: "h", help: "H.", type: "histogram", metrics: histograms }],
    "allow-utf-8",
  );
}

const text = (body: string): Reply => ({ body });

export function behaviours({ baseTime, otherHost }: Scene): readonly Behaviour[] {
  const at = (seconds: number): number => baseTime + seconds * 1000;
  return [
    {
      name: "steady",
      answer: (n) => text(`# HELP m Some.\n# TYPE m counter\nm ${n}\nm{a="b",c="d\\"e\\\\"} ${n / 3}\n`),
    },
    { name: "numbers", answer: (n) => text(`a 1e${n}\nb -0\nc +Inf\nd -Inf\ne NaN\nf 0x1p${n}\ng 1_0\n`) },
    { name: "histograms", answer: (n) => text(histogram(n)) },
    { name: "vanishing", answer: (n) => text(`stays ${n}\n${n % 4 < 2 ? `comes_and_goes ${n}\n` : ""}`) },
    { name: "growing", answer: (n) => text(series(1 + n, n)) },
    { name: "renamed", answer: (n) => text(`of_scrape{n="${n}"} 1\n`) },
    { name: "empty", answer: (n) => text(n % 3 === 1 ? "" : "m 1\n") },
    { name: "failing", answer: (n) => (n % 3 === 2 ? { status: 503, body: "m 1\n" } : text(`m ${n}\n`)) },
    { name: "redirecting", answer: () => ({ status: 302, headers: { location: "/redirected" } }) },
    {
      name: "stolen",
      job: "basic_auth: {username: u, password: secret}",
      answer: () => ({ status: 302, headers: { location: `${otherHost}/other` } }),
    },
    { name: "looping", answer: () => ({ status: 302, headers: { location: "/looping" } }) },
    { name: "slow", answer: (n) => (n % 3 === 1 ? { ...text("m 1\n"), delayMs: 3000 } : text(`m ${n}\n`)) },
    { name: "cut", answer: (n) => (n % 2 === 1 ? { ...text(large(n)), cutAt: 5000 } : text(`m ${n}\nbig{i="0"} 1\n`)) },
    { name: "hanging_up", answer: (n) => (n % 2 === 1 ? { cutAt: 0 } : text(`m ${n}\n`)) },
    { name: "gigantic", job: "body_size_limit: 20KB", answer: (n) => text(n % 3 === 1 ? large(n) : `m ${n}\n`) },
    { name: "untyped", answer: (n) => ({ type: "", body: `m ${n}\n` }) },
    { name: "wrong_type", answer: (n) => ({ type: "text/html", body: `m ${n}\n` }) },
    { name: "page", answer: () => ({ type: "text/html", body: "<html><body>hello</body></html>\n" }) },
    { name: "zipped", answer: (n) => ({ headers: { "content-encoding": "gzip" }, body: gzipSync(`m ${n}\n`) }) },
    {
      name: "badly_zipped",
      answer: (n) => (n % 2 === 1 ? { headers: { "content-encoding": "gzip" }, body: "no gzip" } : text(`m ${n}\n`)),
    },
    {
      name: "duplicates",
      answer: (n) => text(`m ${n}\nm ${n + 1}\nm{a="1",b="2"} ${n}\nm{b="2",a="1"} ${n + 1}\nn 1\nn 1\n`),
    },
    { name: "label_twice", answer: (n) => text(n % 2 === 1 ? `m{a="1",a="2"} ${n}\n` : `m ${n}\n`) },
    { name: "nameless", answer: (n) => text(n % 2 === 1 ? `m ${n}\n{a="b"} 1\n` : `m ${n}\n`) },
    { name: "bad_line", answer: (n) => text(n % 2 === 1 ? `m ${n}\nn ${n}\no{ 1\np 1\n` : `m ${n}\no 1\n`) },
    { name: "bad_number", answer: (n) => text(n % 2 === 1 ? `m ${n}\nn 1x\n` : `m ${n}\nn 1\n`) },
    {
      name: "bad_utf8",
      answer: (n) => ({ body: n % 2 === 1 ? Buffer.from(`m ${n}\nn{a="\xff"} 1\n`, "latin1") : `m ${n}\n` }),
    },
    { name: "no_newline", answer: (n) => text(`m ${n}`) },
    { name: "windows", answer: (n) => text(n % 2 === 1 ? `m ${n}\r\n` : `m ${n}\n`) },
    {
      name: "open_metrics",
      answer: (n) => ({ type: openMetrics, body: `# TYPE c counter\nc_total ${n} # {id="x"} 1\nc_created 5\n# EOF\n` }),
    },
    {
      name: "native",
      newer: "scrape_native_histograms: true",
      answer: (n) => ({ type: contentTypes.PrometheusProto, body: nativeHistogram(n) }),
    },
    {
      name: "no_eof",
      answer: (n) => ({ type: openMetrics, body: `# TYPE g gauge\ng ${n}\n${n % 2 === 1 ? "" : "# EOF\n"}` }),
    },
    { name: "own_times", answer: (n) => text(`m ${n} ${at(n)}\n${n % 3 === 1 ? "" : `goes ${n} ${at(n)}\n`}`) },
    { name: "clock_back", answer: (n) => text(`m ${n} ${at(n === 4 ? -30 : n)}\nfree ${n}\n`) },
    { name: "clock_ahead", answer: (n) => text(`m{n="${n}"} ${n} ${at(n % 2 === 1 ? 3600 : n)}\n`) },
    { name: "clock_stands", answer: (n) => text(`same 1 ${at(0)}\nother ${n} ${at(0)}\n`) },
    {
      name: "ignored_times",
      job: "honor_timestamps: false",
      answer: (n) => text(`m ${n} ${at(n)}\n${n % 3 === 1 ? "" : "goes 1 5\n"}`),
    },
    { name: "own_labels", answer: (n) => text(`m{job="own",instance="i",exported_job="e"} ${n}\n`) },
    { name: "honoured", job: "honor_labels: true", answer: (n) => text(`m{job="own",instance=""} ${n}\n`) },
    {
      name: "dropped",
      job: "metric_relabel_configs: [{source_labels: [__name__], regex: 'no_.*', action: drop}, {action: labeldrop, regex: x}]",
      answer: (n) => text(`no_m ${n}\nm{x="${n}"} 1\nno_n 1\n`),
    },
    {
      name: "nameless_by_rule",
      job: "metric_relabel_configs: [{source_labels: [a], regex: b, target_label: __name__, replacement: ''}]",
      answer: (n) => text(`m{a="${n % 2 === 1 ? "b" : "c"}"} 1\nn 1\n`),
    },
    { name: "sample_limit", job: "sample_limit: 4", answer: (n) => text(series(n % 3 === 1 ? 6 : 3, n)) },
    {
      name: "label_limit",
      job: "label_limit: 4",
      answer: (n) => text(n % 2 === 1 ? 'm{a="1",b="2",c="3"} 1\n' : "m 1\n"),
    },
    {
      name: "label_value_limit",
      job: "label_value_length_limit: 30",
      answer: (n) => text(n % 2 === 1 ? `m{a="${"x".repeat(31)}"} 1\n` : "m 1\n"),
    },
  ];
}
