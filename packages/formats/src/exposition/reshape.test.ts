import { labelsFrom } from "@narthex/model";
import { encodeUtf8, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import type { HistogramMetric, MetricFamily } from "./family.js";
import type { ExpositionFormat } from "./format.js";
import { scanExposition } from "./parser.js";
import { printExposition } from "./printer.js";
import { encodeProtobufExposition } from "./protobuf-writer.js";
import { SeriesCache } from "./series-cache.js";
import type { RowOptions } from "./sink.js";
import { delimited, double, integer, message, string } from "./testdata/proto-encoder.js";

const into = new ExpositionColumns();

/** Rows as `labels = value @timestamp ^start [buckets]`, and exemplars behind them. */
function rowsOf(body: string | Uint8Array, format: ExpositionFormat, options: RowOptions): string[] {
  const bytes = typeof body === "string" ? encodeUtf8(body) : body;
  scanExposition(bytes, format, { into, cache: new SeriesCache(), ...options });
  const histograms = new Map(into.histograms.map(({ row, histogram }) => [row, histogram]));
  return Array.from({ length: into.count }, (_, row) => {
    const t = Number.isNaN(into.t[row]) ? "" : ` @${into.t[row]}`;
    const start = into.startTimes.has(row) ? ` ^${into.startTimes.get(row)}` : "";
    const histogram = histograms.get(row);
    const shape = histogram
      ? ` count ${histogram.count} bounds ${histogram.customValues.join(" ")} buckets ${histogram.positiveBuckets.join(" ")}`
      : "";
    const exemplars = into.exemplars
      .filter((exemplar) => exemplar.row === row)
      .map((exemplar) => ` # ${into.exemplarLabels(exemplar).join(" ")} ${exemplar.v}`);
    return `${into.labelsAt(row).join(" ")} = ${into.v[row]}${t}${start}${shape}${exemplars.join("")}`;
  });
}

const classic = `# TYPE g gauge
g 1
# HELP h Some.
# TYPE h histogram
h_bucket{a="x",le="1"} 2
h_bucket{a="x",le="5"} 2
h_bucket{a="x",le="+Inf"} 3
h_sum{a="x"} 9.5
h_count{a="x"} 3
h_bucket{a="y",le="1"} 0
h_bucket{a="y",le="+Inf"} 1
h_sum{a="y"} 7
h_count{a="y"} 1
# TYPE other counter
other_bucket{le="1"} 4
`;

const converted = [
  "__name__ h a x = 9.5 count 3 bounds 1 5 buckets 2 1",
  "__name__ h a y = 7 count 1 bounds 1 buckets 1",
];

describe("classic histograms of text", () => {
  it("become native ones with custom buckets, the rest stays as it is", () => {
    const rows = rowsOf(classic, "PrometheusText0.0.4", { classicHistograms: "convert" });
    expect(rows).toEqual(["__name__ g = 1", ...converted, "__name__ other_bucket le 1 = 4"]);
    const metadata = Array.from({ length: into.metadata.count }, (_, i) => [into.metadata.rows[i], into.metadataAt(i)]);
    expect(metadata).toEqual([
      [0, { kind: "type", name: "g", text: "gauge" }],
      [1, { kind: "help", name: "h", text: "Some." }],
      [1, { kind: "type", name: "h", text: "histogram" }],
      [3, { kind: "type", name: "other", text: "counter" }],
    ]);
  });

  it("stay beside them on demand", () => {
    const rows = rowsOf(classic, "PrometheusText1.0.0", { classicHistograms: "both" });
    expect(rows.length).toBe(13);
    expect(rows.filter((row) => row.includes("count"))).toEqual(
      [converted[0], converted[1], ...rows.filter((row) => row.startsWith("__name__ h_count"))].sort(
        (a, b) => rows.indexOf(a as string) - rows.indexOf(b as string),
      ),
    );
  });

  it("keep their slots from scrape to scrape", () => {
    const cache = new SeriesCache();
    const sink = { into, cache, classicHistograms: "convert" } as const;
    scanExposition(encodeUtf8(classic), "PrometheusText0.0.4", sink);
    expect(into.newRows).toEqual([0, 1, 2, 3]);
    const slots = [...into.slots.subarray(0, 4)];
    expect(scanExposition(encodeUtf8(classic), "PrometheusText0.0.4", sink)).toEqual([]);
    expect([...into.slots.subarray(0, 4)]).toEqual(slots);
    const without = classic.replace(/h_.*"y".*\n/g, "");
    expect(scanExposition(encodeUtf8(without), "PrometheusText0.0.4", sink)).toEqual([slots[2]]);
  });

  it.each([
    ["counts descend", 'h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 1\n'],
    ["the count is another", 'h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 2\nh_count 3\nh_sum 1\n'],
  ])("are left out where %s", (_, lines) => {
    const rows = rowsOf(`# TYPE h histogram\n${lines}m 1\n`, "PrometheusText0.0.4", { classicHistograms: "convert" });
    expect(rows).toEqual(["__name__ m = 1"]);
  });

  it("need their type, and quoted names are names", () => {
    const untyped = 'h_bucket{le="+Inf"} 1\nh_count 1\nh_sum 1\n';
    expect(rowsOf(untyped, "PrometheusText0.0.4", { classicHistograms: "convert" }).length).toBe(3);
    const quoted = '# TYPE "h.x" histogram\n{"h.x_bucket","l.b"="v",le="+Inf"} 2\n{"h.x_count","l.b"="v"} 2\n';
    expect(rowsOf(quoted, "PrometheusText1.0.0", { classicHistograms: "convert" })).toEqual([
      "__name__ h.x l.b v = 0 count 2 bounds  buckets 2",
    ]);
  });
});

const openMetrics = `# TYPE c counter
c_total{a="1"} 5 # {id="e"} 1
c_created{a="1"} 1600000000.5
c_total{a="2"} 6
# TYPE s summary
s{quantile="0.5"} 1
s_count 2
s_created 1600000001
# TYPE h histogram
h_bucket{le="1.0"} 1 10 # {id="f"} 0.5
h_bucket{le="+Inf"} 2 10
h_count 2 10
h_sum 3 10
h_created 1600000002
# TYPE g gauge
g_created 4
# EOF
`;

describe("OpenMetrics", () => {
  it("has start times on demand", () => {
    expect(rowsOf(openMetrics, "OpenMetricsText1.0.0", { readsCreated: true })).toEqual([
      "__name__ c_total a 1 = 5 ^1600000000500 # id e 1",
      "__name__ c_total a 2 = 6",
      "__name__ s quantile 0.5 = 1 ^1600000001000",
      "__name__ s_count = 2 ^1600000001000",
      "__name__ h_bucket le 1.0 = 1 @10000 ^1600000002000 # id f 0.5",
      "__name__ h_bucket le +Inf = 2 @10000 ^1600000002000",
      "__name__ h_count = 2 @10000 ^1600000002000",
      "__name__ h_sum = 3 @10000 ^1600000002000",
      "__name__ g_created = 4",
    ]);
    expect(into.hasTimestamps).toBe(true);
  });

  it("converts with exemplars, timestamps and start times", () => {
    const rows = rowsOf(openMetrics, "OpenMetricsText1.0.0", { readsCreated: true, classicHistograms: "convert" });
    expect(rows[4]).toBe("__name__ h = 3 @10000 ^1600000002000 count 2 bounds 1 buckets 1 1 # id f 0.5");
    expect(rows.length).toBe(6);
  });

  it("leaves all as it is otherwise", () => {
    expect(rowsOf(openMetrics, "OpenMetricsText1.0.0", {}).length).toBe(12);
  });

  it("tells what came before a fault", () => {
    const body = encodeUtf8("a 1\nb 2\nc x\n# EOF\n");
    const scan = (): unknown =>
      scanExposition(body, "OpenMetricsText1.0.0", { into, cache: new SeriesCache(), readsCreated: true });
    expect(scan).toThrow(/while parsing: "c x"/);
    expect(into.labelsAt(1)).toEqual(["__name__", "b"]);
  });
});

describe("classic histograms of protobuf", () => {
  const bucket = (bound: number, count: number): readonly number[] => message(3, integer(1, count), double(2, bound));
  const body = delimited([
    string(1, "h"),
    integer(3, 4),
    message(4, message(7, integer(1, 3), double(2, 9.5), bucket(1, 2), bucket(5, 2))),
  ]);

  it.each([
    ["convert", 1],
    ["both", 6],
    ["keep", 5],
  ] as const)("%s", (classicHistograms, count) => {
    const rows = rowsOf(body, "PrometheusProto", { classicHistograms });
    expect(rows.length).toBe(count);
    const isConverted = classicHistograms !== "keep";
    expect(rows.includes("__name__ h = 9.5 count 3 bounds 1 5 buckets 2 1")).toBe(isConverted);
  });
});

it("text and protobuf convert to the same histograms, however lines are spelled", () => {
  const random = randomFrom(12);
  const below = (n: number): number => Math.floor(random() * n);
  for (let round = 0; round < 60; round++) {
    const bounds = [0.1, 0.5, 1, 2.5, 10].filter(() => random() < 0.7);
    const metrics: HistogramMetric[] = Array.from({ length: 1 + below(5) }, (_, i) => {
      let cumulativeCount = 0;
      const buckets = bounds.map((upperBound) => {
        cumulativeCount += below(3);
        return { upperBound, cumulativeCount };
      });
      const labels = labelsFrom({
        ...(random() < 0.5 ? { a: `"${i}\\` } : { zz: String(i) }),
        mm: `é${below(2)}`,
        i: String(i),
      });
      return { labels, count: cumulativeCount + below(2), sum: below(100) / 4, buckets };
    });
    const family: MetricFamily = { name: "h", help: "H.", type: "histogram", metrics };
    const text = printExposition([family], { format: "PrometheusText0.0.4", escaping: "underscores" });
    const spelled = text.replace(/^(h\w+)\{(.*)\} /gm, (line, name: string, inside: string) => {
      const pick = below(6);
      if (pick === 0) return `${name} { ${inside} , } `;
      if (pick === 1) return `{"${name}",${inside}} `;
      return pick === 2 ? line.replace(/(.*\{)(.*),(le="[^"]*")\}/, "$1$3,$2}") : line;
    });
    const options = { classicHistograms: "convert" } as const;
    const expected = rowsOf(encodeProtobufExposition([family], "allow-utf-8"), "PrometheusProto", options);
    expect(rowsOf(spelled, "PrometheusText0.0.4", options), spelled).toEqual(expected);
  }
});
