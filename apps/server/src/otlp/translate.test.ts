// What series an export becomes. Where an expectation has a source it stands in the title: "spec" is OpenTelemetry's "Prometheus and
// OpenMetrics Compatibility", "docs" Prometheus' pages on configuration and feature flags.
import { expect, test } from "vitest";
import { at, exportOf, gaugeOf, nanoseconds, pointOf, translate } from "./testing.js";

const service = { "service.namespace": "shop", "service.name": "cart", "service.instance.id": "i1" };

test("spec: gauges and sums become one sample each, the type in the name and in the metadata", () => {
  const { lines, series } = translate(
    exportOf([
      { ...gaugeOf("temp", pointOf({ asDouble: 21.5 }, { "room.no": "1" })), unit: "Cel", description: "Warm?" },
      {
        name: "requests",
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [pointOf({ asInt: "7", startTimeUnixNano: nanoseconds(at - 5000) })],
        },
      },
      { name: "queue", unit: "1", sum: { aggregationTemporality: 2, dataPoints: [pointOf({ asInt: 3 })] } },
    ]),
  );
  expect(lines).toEqual(['temp_celsius{room_no="1"} 21.5', "requests_total 7 from -5000", "queue 3"]);
  expect(series.map(({ metadata }) => metadata)).toEqual([
    { type: "gauge", help: "Warm?", unit: "celsius" },
    { type: "counter", help: "", unit: "" },
    { type: "gauge", help: "", unit: "" },
  ]);
});

test("spec: keys that become one name are joined with a semicolon, in the order of the keys", () => {
  const point = pointOf({ asInt: 1 }, { a_b: "3", "a.b": "2", "a-b": "1", a_c: "" });
  const { lines } = translate(exportOf([gaugeOf("x", point)]));
  expect(lines).toEqual(['x{a_b="1;2;3"} 1']);
  const kept = translate(exportOf([gaugeOf("x", point)]), { translation_strategy: "NoTranslation" });
  expect(kept.lines).toEqual(['x{"a-b"="1", "a.b"="2", a_b="3"} 1']);
});

test("spec: job and instance come from the service, over what a point says", () => {
  const point = pointOf({ asInt: 1 }, { job: "own", instance: "own", __name__: "own" });
  const check = (resource: Record<string, string>, line: string): void =>
    expect(translate(exportOf([gaugeOf("x", point)], resource)).lines).toEqual([line]);
  check(service, 'x{instance="i1", job="shop/cart"} 1');
  check({ "service.name": "cart" }, 'x{instance="own", job="cart"} 1');
  check({ "service.namespace": "shop" }, 'x{instance="own", job="own"} 1');
});

const cloud = { ...service, "cloud.zone": "z", "host.name": "h" };

test("docs: resource attributes are promoted where they are listed, under what a point says", () => {
  const gauge = gaugeOf("x", pointOf({ asInt: 1 }, { host_name: "own" }), pointOf({ asInt: 2 }));
  const of = (config: Parameters<typeof translate>[1]): readonly string[] =>
    translate(exportOf([gauge], cloud), config).lines.slice(0, 2);
  const listed = ["host.name", "service.name"];
  expect(of({ promote_resource_attributes: listed })).toEqual([
    'x{host_name="own", instance="i1", job="shop/cart", service_name="cart"} 1',
    'x{host_name="h", instance="i1", job="shop/cart", service_name="cart"} 2',
  ]);
  const all = { promote_all_resource_attributes: true, ignore_resource_attributes: [...listed, "service.namespace"] };
  expect(of(all)).toEqual([
    'x{cloud_zone="z", host_name="own", instance="i1", job="shop/cart", service_instance_id="i1"} 1',
    'x{cloud_zone="z", instance="i1", job="shop/cart", service_instance_id="i1"} 2',
  ]);
});

test("docs: scope metadata is promoted where that is on and the scope has a name", () => {
  const attributes = [{ key: "lib.kind", value: { stringValue: "web" } }];
  const scope = { name: "meter", version: "1.2", attributes };
  const gauge = gaugeOf("x", pointOf({ asInt: 1 }, { otel_scope_name: "own" }));
  const of = (isPromoted: boolean, fields: object): readonly string[] =>
    translate(exportOf([gauge], {}, { scope: fields, schemaUrl: "url" }), { promote_scope_metadata: isPromoted }).lines;
  const labels =
    'otel_scope_lib_kind="web", otel_scope_name="meter", otel_scope_schema_url="url", otel_scope_version="1.2"';
  expect(of(true, scope)).toEqual([`x{${labels}} 1`]);
  expect(of(true, { ...scope, name: "" })).toEqual(['x{otel_scope_name="own"} 1']);
  expect(of(false, scope)).toEqual(['x{otel_scope_name="own"} 1']);
});

test("spec: target_info says what the resource does beyond job and instance", () => {
  const info = (resource: Record<string, string>, config = {}): readonly string[] =>
    translate(exportOf([gaugeOf("x", pointOf({ asInt: 1 }))], resource), config).lines.slice(1);
  const labels = 'cloud_zone="z", host_name="h", instance="i1", job="shop/cart"';
  expect(info(cloud)).toEqual([`target_info{${labels}} 1`]);
  expect(info(service)).toEqual([]);
  expect(info({ "cloud.zone": "z" })).toEqual([]);
  expect(info({ "cloud.zone": "z", job: "own" })).toEqual(['target_info{cloud_zone="z", job="own"} 1']);
  const keeps = { keep_identifying_resource_attributes: true };
  const kept = 'service_instance_id="i1", service_name="cart", service_namespace="shop"';
  expect(info(cloud, keeps)).toEqual([`target_info{${labels}, ${kept}} 1`]);
});

test("target_info lasts from the earliest sample to the latest, at half the lookback delta, and has a bound", () => {
  const points = [at, at - 310_000].map((ms) => pointOf({ asInt: 1 }, {}, ms));
  const times = (...dataPoints: readonly object[]): number[] =>
    translate(exportOf([gaugeOf("x", ...dataPoints)], cloud))
      .series.at(-1)
      ?.samples.map(({ t }) => t - at) ?? [];
  expect(times(...points)).toEqual([-310_000, -160_000, -10_000, 0]);
  const since1970 = times(pointOf({ asInt: 1 }, {}, 0), ...points);
  expect(since1970).toHaveLength(1000);
  expect(since1970.at(-1)).toBe(0);
  expect((since1970[1] as number) - (since1970[0] as number)).toBe(150_000);
});

const buckets = { count: 6, sum: 2.5, bucketCounts: [1, 2, 3], explicitBounds: [0.1, 1] };

function histogram(fields: object, temporality = 2): object {
  return {
    name: "latency",
    unit: "s",
    histogram: { aggregationTemporality: temporality, dataPoints: [pointOf(fields)] },
  };
}

test("spec: a histogram becomes cumulative buckets, sum and count", () => {
  expect(translate(exportOf([histogram(buckets)])).lines).toEqual([
    "latency_seconds_sum 2.5",
    "latency_seconds_count 6",
    'latency_seconds_bucket{le="0.1"} 1',
    'latency_seconds_bucket{le="1"} 3',
    'latency_seconds_bucket{le="+Inf"} 6',
  ]);
  const sumless = { count: 2, attributes: [{ key: "k", value: { stringValue: "le" } }] };
  expect(translate(exportOf([histogram(sumless)])).lines).toEqual([
    'latency_seconds_count{k="le"} 2',
    'latency_seconds_bucket{k="le", le="+Inf"} 2',
  ]);
});

test("docs: convert_histograms_to_nhcb makes a native histogram of it", () => {
  const of = (fields: object): readonly string[] =>
    translate(exportOf([histogram(fields)]), { convert_histograms_to_nhcb: true }).lines;
  expect(of(buckets)).toEqual(["latency_seconds {count:6, sum:2.5, [-Inf,0.1]:1, (0.1,1]:2, (1,+Inf]:3}"]);
  expect(of({ count: 4, bucketCounts: [0, 4, 0, 0], explicitBounds: [1, 2, 3] })).toEqual([
    "latency_seconds {count:4, sum:0, (1,2]:4}",
  ]);
});

test("spec: a histogram without buckets has one", () => {
  const { lines } = translate(exportOf([histogram({ count: 4, sum: 1 })]), { convert_histograms_to_nhcb: true });
  expect(lines).toEqual(["latency_seconds {count:4, sum:1, [-Inf,+Inf]:4}"]);
});

test("native histograms count what is in their buckets, and NaN where that was observed", () => {
  const counts = { count: 3, zeroCount: 1, positive: { offset: 0, bucketCounts: [1] } };
  const text = "2 observations found in buckets, but the Count field is 3: histogram's observation count should equal";
  expect(translate(exportOf([exponential({ ...counts, sum: 1 })])).refused).toContain(text);
  expect(translate(exportOf([exponential({ ...counts, sum: "NaN" })])).refused).toBe("");
  expect(translate(exportOf([exponential({ ...counts, sum: "NaN", count: 1 })])).refused).toContain(
    "should be at least",
  );
  const custom = translate(exportOf([histogram({ ...buckets, count: 5 })]), { convert_histograms_to_nhcb: true });
  expect(custom.refused).toContain("6 observations found in buckets, but the Count field is 5");
});

test("bounds that do not ascend are refused", () => {
  const { lines, refused } = translate(exportOf([histogram({ ...buckets, explicitBounds: [1, 1] })]));
  expect({ lines, refused }).toEqual({ lines: [], refused: "bounds of buckets are not ascending: 1, 1" });
});

test("spec: a summary becomes quantiles, sum and count", () => {
  const quantileValues = [
    { quantile: 0.5, value: 1 },
    { quantile: 1, value: 9 },
  ];
  const summary = {
    name: "pause",
    summary: { dataPoints: [pointOf({ count: 4, sum: 8, quantileValues }, { a: "b" })] },
  };
  expect(translate(exportOf([summary])).lines).toEqual([
    'pause_sum{a="b"} 8',
    'pause_count{a="b"} 4',
    'pause{a="b", quantile="0.5"} 1',
    'pause{a="b", quantile="1"} 9',
  ]);
});

function exponential(fields: object, temporality = 2): object {
  const dataPoints = [pointOf({ count: 0, ...fields })];
  return { name: "size", exponentialHistogram: { aggregationTemporality: temporality, dataPoints } };
}

function native(fields: object): object | undefined {
  return translate(exportOf([exponential(fields)])).series[0]?.histograms[0]?.histogram;
}

test("spec: an exponential histogram becomes a native one, its bucket 0 being (1, base]", () => {
  const counts = { count: 10, sum: 5, zeroCount: 2 };
  const sides = { positive: { offset: -1, bucketCounts: [1, 0, 2] }, negative: { offset: 2, bucketCounts: [5] } };
  const lines = ["size {count:10, sum:5, [-8,-4):5, [-1e-128,1e-128]:2, (0.5,1]:1, (2,4]:2}"];
  expect(translate(exportOf([exponential({ ...counts, scale: 0, ...sides })])).lines).toEqual(lines);
});

test("runs of more than two empty buckets end a span", () => {
  const positive = { offset: 0, bucketCounts: [0, 1, 0, 0, 2, 0, 0, 0, 3, 0] };
  expect(native({ count: 6, scale: 3, positive })).toMatchObject({
    positiveSpans: [
      { offset: 2, length: 4 },
      { offset: 3, length: 1 },
    ],
    positiveBuckets: [1, 0, 0, 2, 3],
    negativeSpans: [],
  });
});

test("spec: scales above 8 are brought down, merging buckets; scales below -4 are refused", () => {
  const positive = { offset: -3, bucketCounts: [1, 2, 4, 8, 16, 32] };
  // Of scale 10, four each: -3…-1 in -1, 0…2 in 0.
  expect(native({ count: 63, scale: 10, positive })).toMatchObject({
    schema: 8,
    positiveSpans: [{ offset: 0, length: 2 }],
    positiveBuckets: [7, 56],
  });
  expect(native({ count: 63, scale: 2 ** 31 - 1, positive })).toMatchObject({ positiveBuckets: [7, 56] });
  expect(translate(exportOf([exponential({ scale: -4 })])).refused).toBe("");
  expect(translate(exportOf([exponential({ scale: -5 })])).refused).toBe(
    "cannot convert exponential to native histogram. Scale must be >= -4, was -5",
  );
});

test("spec: the zero threshold is the sender's where it tells one", () => {
  expect(native({ zeroThreshold: 0.25 })).toMatchObject({ zeroThreshold: 0.25 });
  expect(native({})).toMatchObject({ zeroThreshold: 1e-128 });
});

test("spec: what has no recorded value becomes a stale marker, in every series of the point", () => {
  const stale = { flags: 1 };
  const { lines } = translate(
    exportOf([
      gaugeOf("g", pointOf({ ...stale, asInt: 1 })),
      histogram({ ...buckets, ...stale }),
      exponential(stale),
      { name: "s", summary: { dataPoints: [pointOf({ ...stale, quantileValues: [{ quantile: 1, value: 1 }] })] } },
    ]),
  );
  expect(lines).toHaveLength(10);
  expect(lines.filter((line) => !line.endsWith(" stale"))).toEqual([]);
});

const traceId = "5b8efff798038103d269b633813fc60c";

function exemplar(value: number, fields: object = {}): object {
  return { asDouble: value, timeUnixNano: nanoseconds(at - 1000), traceId, spanId: "eee19b7ec3c1b174", ...fields };
}

test("spec: exemplars have trace_id, span_id and attributes, oldest first", () => {
  const filteredAttributes = [
    { key: "user.id", value: { stringValue: "u" } },
    { key: "trace_id", value: { intValue: 1 } },
  ];
  const exemplars = [
    exemplar(1, { filteredAttributes }),
    exemplar(2, { timeUnixNano: nanoseconds(at - 2000), spanId: "" }),
  ];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [pointOf({ asInt: 1, exemplars })] };
  expect(translate(exportOf([{ name: "x", sum }])).series[0]?.exemplars).toEqual([
    { labels: { texts: ["trace_id", traceId] }, t: at - 2000, v: 2 },
    { labels: { texts: ["user.id", "u", "trace_id", traceId, "span_id", "eee19b7ec3c1b174"] }, t: at - 1000, v: 1 },
  ]);
});

test("spec: attributes that would make an exemplar longer than 128 characters are left out; one without a value is", () => {
  const filteredAttributes = [{ key: "k", value: { stringValue: "x".repeat(128) } }];
  const exemplars = [exemplar(1, { filteredAttributes, spanId: undefined, timeUnixNano: "0" }), { traceId }];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [pointOf({ asInt: 1, exemplars })] };
  expect(translate(exportOf([{ name: "x", sum }])).series[0]?.exemplars).toEqual([
    { labels: { texts: ["trace_id", traceId] }, t: at, v: 1 },
  ]);
});

test("exemplars of a histogram go to the buckets that count them", () => {
  const exemplars = [exemplar(5), exemplar(0.1), exemplar(0.5), exemplar(0.2)];
  const { series } = translate(exportOf([histogram({ ...buckets, exemplars })]));
  expect(series.map((one) => one.exemplars.map(({ v }) => v))).toEqual([[], [], [0.1], [0.5, 0.2], [5]]);
});

const delta = { aggregationTemporality: 1, isMonotonic: true };

test("docs: delta temporality is refused, and none at all; the rest of the request is not", () => {
  const { lines, refused } = translate(
    exportOf([
      { name: "a.b", sum: { ...delta, dataPoints: [pointOf({ asInt: 1 })] } },
      histogram(buckets, 0),
      { name: "empty" },
      gaugeOf("none"),
      gaugeOf("x", pointOf({ asInt: 1 })),
    ]),
  );
  expect(lines).toEqual(["x 1"]);
  expect(refused.split("\n")).toEqual([
    'invalid temporality and type combination for metric "a.b"',
    'invalid temporality and type combination for metric "latency"',
    "could not get aggregation temporality for empty as it has unsupported metric type Empty",
  ]);
});

test("docs: otlp-native-delta-ingestion stores deltas as they are, of unknown type, without start times", () => {
  const start = { startTimeUnixNano: nanoseconds(at - 5000) };
  const { lines, series } = translate(
    exportOf([
      { name: "x", sum: { ...delta, dataPoints: [pointOf({ asInt: 3, ...start })] } },
      { ...exponential({ ...start, count: 1, positive: { bucketCounts: [1] } }, 1), description: "Size." },
    ]),
    {},
    { deltas: "stored" },
  );
  expect(lines).toEqual(["x_total 3", "size {count:1, sum:0, (1,2]:1}"]);
  expect(series.map(({ metadata }) => metadata)).toEqual([undefined, { type: "unknown", help: "Size.", unit: "" }]);
  expect(series[1]?.histograms[0]?.histogram.counterResetHint).toBe("gauge");
});

test("points are refused for their attributes one by one", () => {
  const many = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`k${i}`, "v"]));
  const points = [{ "": "x" }, { "..": "x" }, { ok: "\ud800" }, { ok: "x".repeat(65_536) }, many, { ok: "x" }];
  const gauge = gaugeOf(
    "x",
    ...points.map((attributes) => pointOf({ asInt: 1 }, attributes as Record<string, string>)),
  );
  const { lines, refused } = translate(
    exportOf([gauge, gaugeOf("..", pointOf({ asInt: 1 })), gaugeOf("", pointOf({}))]),
  );
  expect(lines).toEqual(['x{ok="x"} 1']);
  expect(refused.split("\n")).toEqual([
    'normalization for label name "" resulted in empty name',
    'normalization for label name ".." resulted in invalid name "__"',
    "attribute is not valid UTF-8",
    "label set of 65538 characters, at most 65536 are taken",
    "label set of 2001 labels, at most 2000 are taken",
    'normalization for metric ".." resulted in empty name',
    'normalization for metric "" resulted in empty name',
  ]);
  const unnamed = translate(exportOf([gaugeOf("", pointOf({}))]), { translation_strategy: "NoTranslation" });
  expect(unnamed.refused).toBe('metric without a valid name: ""');
});

test("a resource whose attributes cannot be promoted is refused whole; others are not", () => {
  const [first] = (exportOf([gaugeOf("a", pointOf({}))], { "..": "x" }) as { resourceMetrics: object[] })
    .resourceMetrics;
  const [second] = (exportOf([gaugeOf("b", pointOf({}))]) as { resourceMetrics: object[] }).resourceMetrics;
  const { lines, refused } = translate({ resourceMetrics: [first, second] }, { promote_all_resource_attributes: true });
  expect(lines).toEqual(["b 0"]);
  expect(refused).toBe('normalization for label name ".." resulted in invalid name "__"');
});

test("a data point that becomes too many series is refused, and nothing of it is stored", () => {
  const explicitBounds = Array.from({ length: 30_000 }, (_, i) => i);
  const wide = { count: 0, bucketCounts: Array(30_000).fill(0), explicitBounds };
  const attributes = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, "v"]));
  const dataPoints = [pointOf(wide, attributes), pointOf({ count: 1 })];
  const { lines, refused } = translate(exportOf([{ name: "x", histogram: { aggregationTemporality: 2, dataPoints } }]));
  expect(refused).toBe("data point becomes more series than fit into memory");
  expect(lines).toEqual(["x_count 1", 'x_bucket{le="+Inf"} 1']);
});
