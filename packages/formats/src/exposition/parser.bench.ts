// Bodies → columns: all of it parsed, then the same lines again with a cache, as scrapes go, then every line new; of two kinds, and
// the second in every format, and with its histograms made native.
// Small within tests; `npm run bench -- formats` takes the real size. CPU time, so that other load counts little.
import { type Labels, labelsFrom } from "@narthex/model";
import { encodeUtf8, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { exposeFamilies } from "./expose.js";
import type { HistogramMetric, MetricFamily, ValueMetric } from "./family.js";
import { contentTypes, type ExpositionFormat } from "./format.js";
import { parseExposition, scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";
import type { RowOptions } from "./sink.js";

const isReal = process.env["BENCH"] === "1";
const series = isReal ? 10_000 : 200;
const rounds = isReal ? 100 : 3;

/** A body as a service exposes it: families of 20 series, about 85 bytes a line. */
function bodyOf(seed: number): Uint8Array {
  const random = randomFrom(seed);
  const lines: string[] = [];
  for (let n = 0; n < series; n++) {
    const family = `http_request_duration_seconds_${Math.floor(n / 20)}`;
    if (n % 20 === 0) lines.push(`# HELP ${family} What it took.`, `# TYPE ${family} gauge`);
    const value = random() < 0.6 ? Math.floor(random() * 1e6) : random() * 100;
    lines.push(`${family}{method="GET",path="/api/v1/items/${n % 20}",code="200"} ${value}`);
  }
  return encodeUtf8(`${lines.join("\n")}\n`);
}

/** A body as client libraries print it: histograms of eleven bounds, and a counter beside each. */
function familiesOf(seed: number): MetricFamily[] {
  const random = randomFrom(seed);
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Infinity];
  const labels = (n: number): Labels =>
    labelsFrom({ code: "200", method: "GET", route: `/api/v1/items/${n % 20}`, service: "shop" });
  const histograms: HistogramMetric[] = Array.from({ length: Math.ceil(series / 15) }, (_, n) => {
    const step = Math.floor(random() * 1000);
    const buckets = bounds.map((upperBound, i) => ({ upperBound, cumulativeCount: step * (i + 1) }));
    return { labels: labels(n), count: step * bounds.length, sum: random() * 1e5, buckets };
  });
  const counters: ValueMetric[] = histograms.map((_, n) => ({ labels: labels(n), v: Math.floor(random() * 1e7) }));
  return Array.from({ length: Math.ceil(histograms.length / 20) }, (_, family): MetricFamily[] => {
    const own = <T>(all: readonly T[]): T[] => all.slice(20 * family, 20 * (family + 1));
    const help = "What it took.";
    return [
      { name: `http_request_duration_seconds_${family}`, help, type: "histogram", metrics: own(histograms) },
      { name: `http_requests_${family}_total`, help, type: "counter", metrics: own(counters) },
    ];
  }).flat();
}

const gauges = Array.from({ length: 8 }, (_, n) => bodyOf(n + 1));
const into = new ExpositionColumns();

/** Returns the checksum. */
function measure(name: string, parse: (body: Uint8Array) => void, bodies = gauges): number {
  for (const body of bodies) parse(body);
  let bytes = 0;
  let samples = 0;
  let checksum = 0;
  const start = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const body = bodies[round % bodies.length]!;
    parse(body);
    samples += into.count;
    bytes += body.length;
    checksum = (checksum * 31 + into.v[round % into.count]!) % 1e9;
  }
  const { user, system } = process.cpuUsage(start);
  const nanoseconds = (user + system) * 1000;
  if (isReal) {
    const perSample = (nanoseconds / samples).toFixed(0);
    const megabytes = ((bytes / nanoseconds) * 1000).toFixed(0);
    console.log(`${name}: ${perSample} ns per sample, ${megabytes} MB/s, checksum ${checksum}`);
  }
  return checksum;
}

it("parses bodies, with the same result whichever way", () => {
  const cache = new SeriesCache();
  const checksums = [
    measure("full parse", (body) => parseExposition(body, "PrometheusText0.0.4", into)),
    measure("scan, same lines", (body) => scanExposition(body, "PrometheusText0.0.4", { into, cache })),
    measure("scan, all lines new", (body) =>
      scanExposition(body, "PrometheusText0.0.4", { into, cache: new SeriesCache() }),
    ),
  ];
  expect(new Set(checksums).size).toBe(1);
});

it.each<[name: string, accept: string, format: ExpositionFormat, options: RowOptions]>([
  ["text", "text/plain;version=0.0.4", "PrometheusText0.0.4", {}],
  ["OpenMetrics", "application/openmetrics-text;version=1.0.0", "OpenMetricsText1.0.0", {}],
  ["protobuf", `${contentTypes.PrometheusProto}`, "PrometheusProto", {}],
  ["text, histograms made native", "text/plain;version=0.0.4", "PrometheusText0.0.4", { classicHistograms: "convert" }],
])("parses what client libraries print: %s", (name, accept, format, options) => {
  const printed = Array.from({ length: 8 }, (_, n) => exposeFamilies(familiesOf(n + 1), accept).body);
  const cache = new SeriesCache();
  measure(`${name}, full parse`, (body) => parseExposition(body, format, into), printed);
  measure(`${name}, scan, same lines`, (body) => scanExposition(body, format, { into, cache, ...options }), printed);
  expect(into.newRows).toEqual([]);
});
