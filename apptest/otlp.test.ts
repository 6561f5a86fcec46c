// OpenTelemetry's own SDK and exporters send to Narthex, on both wires; what it counted can be asked for.
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationType,
  type CollectionResult,
  MeterProvider,
  MetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { query, value } from "./api.js";
import { startServer, type TestServer } from "./server.js";

/** Collects when it is told to, in the temporality that the exporter wants. */
class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

type Sender = {
  readonly provider: MeterProvider;
  /** What the exporter is answered: undefined for success. */
  readonly send: () => Promise<string | undefined>;
};

function senderOf(exporter: PushMetricExporter): Sender {
  const reader = new ManualReader({
    aggregationTemporalitySelector: (type) => exporter.selectAggregationTemporality?.(type) ?? 1,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      "service.name": "cart",
      "service.namespace": "shop",
      "service.instance.id": "cart-1",
      "host.name": "here",
    }),
    readers: [reader],
    views: [{ instrumentName: "payload", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  return {
    provider,
    send: async () => {
      const { resourceMetrics, errors }: CollectionResult = await reader.collect();
      expect(errors).toEqual([]);
      return new Promise((resolve) => {
        exporter.export(resourceMetrics, ({ error }) => resolve(error?.message));
      });
    },
  };
}

const wires = { protobuf: ProtobufExporter, json: JsonExporter } as const;

function exporterFor(
  { base }: TestServer,
  wire: keyof typeof wires,
  temporalityPreference: AggregationTemporalityPreference = AggregationTemporalityPreference.CUMULATIVE,
): PushMetricExporter {
  const url = `${base}/api/v1/otlp/v1/metrics`;
  // The enumerations of Node's exporters take plain words.
  return new wires[wire]({ url, temporalityPreference, compression: "gzip" as never });
}

async function startReceiver(...features: readonly string[]): Promise<TestServer> {
  const enabled = features.length > 0 ? [`--enable-feature=${features.join(",")}`] : [];
  return startServer({
    config: "otlp: {promote_resource_attributes: [host.name], promote_scope_metadata: true}\n",
    flags: ["--web.enable-otlp-receiver", ...enabled],
  });
}

it.each(["protobuf", "json"] as const)("what the SDK counts is stored, sent as %s", async (wire) => {
  const receiver = await startReceiver();
  const { provider, send } = senderOf(exporterFor(receiver, wire));
  const meter = provider.getMeter("checkout", "1.2.0");
  const orders = meter.createCounter("orders.placed", { unit: "{order}", description: "Orders." });
  const open = meter.createUpDownCounter("carts.open");
  meter.createObservableGauge("disk.usage", { unit: "1" }).addCallback((result) => result.observe(0.25, { disk: "a" }));
  const duration = meter.createHistogram("request.duration", { unit: "s" });
  const payload = meter.createHistogram("payload", { unit: "By" });
  orders.add(3, { "pay.by": "card" });
  open.add(5);
  open.add(-2);
  for (const seconds of [0.5, 7, 20_000]) duration.record(seconds);
  for (const bytes of [0, 100, 1000, 1000]) payload.record(bytes);
  expect(await send()).toBeUndefined();
  orders.add(0.5, { "pay.by": "card" });
  expect(await send()).toBeUndefined();

  const shared = {
    host_name: "here",
    instance: "cart-1",
    job: "shop/cart",
    otel_scope_name: "checkout",
    otel_scope_version: "1.2.0",
  };
  const [counted] = await query(receiver.base, "orders_placed_total");
  expect(counted).toMatchObject({
    metric: { __name__: "orders_placed_total", ...shared, pay_by: "card" },
    value: [expect.any(Number), "3.5"],
  });
  expect(Object.keys(counted?.metric ?? {})).toHaveLength(7);
  expect(await value(receiver.base, "carts_open")).toBe(3);
  expect(await value(receiver.base, 'disk_usage_ratio{disk="a"}')).toBe(0.25);
  const buckets = await query(receiver.base, 'sort(request_duration_seconds_bucket{le=~"0|5|10|10000|[+]Inf"})');
  expect(buckets.map(({ metric, value: [, count] }) => [metric["le"], count])).toEqual([
    ["0", "0"],
    ["5", "1"],
    ["10", "2"],
    ["10000", "2"],
    ["+Inf", "3"],
  ]);
  expect(await value(receiver.base, "request_duration_seconds_sum")).toBe(20_007.5);
  expect(await value(receiver.base, "histogram_count(payload_bytes)")).toBe(4);
  expect(await value(receiver.base, "histogram_sum(payload_bytes)")).toBe(2100);
  expect(await value(receiver.base, "histogram_fraction(500, 2000, payload_bytes)")).toBeCloseTo(0.5, 5);
  const about = "orders_placed_total * on (job, instance) group_left (host_name) target_info";
  expect(await value(receiver.base, about)).toBe(3.5);
  await provider.shutdown();
});

it("deltas are refused with a reason, and everything else is stored", async () => {
  const receiver = await startReceiver();
  const { provider, send } = senderOf(exporterFor(receiver, "protobuf", AggregationTemporalityPreference.DELTA));
  const meter = provider.getMeter("checkout");
  meter.createCounter("orders").add(1);
  meter.createObservableGauge("level").addCallback((result) => result.observe(7));
  expect(await send()).toBe("Bad Request");
  expect(await value(receiver.base, "level")).toBe(7);
  expect(await value(receiver.base, "orders_total")).toBeUndefined();
  await provider.shutdown();
});

it.each(["protobuf", "json"] as const)("deltas are summed up where the feature is on, sent as %s", async (wire) => {
  const receiver = await startReceiver("otlp-deltatocumulative");
  const { provider, send } = senderOf(exporterFor(receiver, wire, AggregationTemporalityPreference.DELTA));
  const meter = provider.getMeter("checkout");
  const orders = meter.createCounter("orders");
  const duration = meter.createHistogram("duration", { advice: { explicitBucketBoundaries: [1, 2] } });
  const payload = meter.createHistogram("payload");
  for (const step of [1, 2, 3]) {
    orders.add(step);
    duration.record(step);
    payload.record(step);
    expect(await send()).toBeUndefined();
  }
  expect(await value(receiver.base, "orders_total")).toBe(6);
  const buckets = await query(receiver.base, "sort(duration_bucket)");
  expect(buckets.map(({ metric, value: [, count] }) => [metric["le"], count])).toEqual([
    ["1", "1"],
    ["2", "2"],
    ["+Inf", "3"],
  ]);
  expect(await value(receiver.base, "histogram_sum(payload)")).toBe(6);
  await provider.shutdown();
});
