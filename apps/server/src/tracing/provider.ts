// OpenTelemetry's own SDK, set up as the section `tracing` says: sampling, batches, what we are. Loaded when it is first needed.
// Comes from: tracing. Goes to: tracing/exporter.
// Prometheus: tracing/tracing.go.
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { TracingConfig } from "../config/tracing.js";
import { prometheusVersion } from "../version.js";
import { OtlpExporter } from "./exporter.js";

export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type TraceProvider = {
  readonly start: (name: string, options: SpanOptions, parent: Span | undefined) => Span;
  /** The span that a request says it belongs to. */
  readonly parentIn: (headers: IncomingHeaders) => Span | undefined;
  readonly headersOf: (span: Span) => Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
};

const closeMsMax = 5000;

export function openProvider(config: TracingConfig, onError: (error: unknown) => void): TraceProvider {
  const exporter = new OtlpExporter(config, onError);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "prometheus",
      "service.version": prometheusVersion,
      "process.runtime.name": "nodejs",
      "process.runtime.version": process.versions.node,
      "process.runtime.description": "Node.js",
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "opentelemetry",
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.sampling_fraction) }),
    // Bounded by the SDK: 2048 spans wait, and 512 go at once.
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("");
  const propagator = new W3CTraceContextPropagator();
  return {
    start: (name, options, parent) =>
      tracer.startSpan(name, options, parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT),
    parentIn: (headers) => trace.getSpan(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)),
    headersOf(span) {
      const headers: Record<string, string> = {};
      propagator.inject(trace.setSpan(ROOT_CONTEXT, span), headers, defaultTextMapSetter);
      return headers;
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeMsMax);
      });
      await Promise.race([provider.shutdown().catch(onError), patience]);
      clearTimeout(timer);
      exporter.abort();
    },
  };
}
