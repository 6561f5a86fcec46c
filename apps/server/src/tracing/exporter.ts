// Sends batches of spans to a collector, as protobuf over HTTP or gRPC, again where the collector asks for that.
// Comes from: tracing/provider, through OpenTelemetry's batches. Goes to: tracing/http, tracing/grpc.
import { setTimeout as sleep } from "node:timers/promises";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { TracingConfig } from "../config/tracing.js";
import { grpcTransport } from "./grpc.js";
import { httpTransport } from "./http.js";
import { RefusedError, type TraceTransport } from "./transport.js";

const firstPauseMs = 500;

export class OtlpExporter implements SpanExporter {
  readonly #transport: TraceTransport;
  readonly #timeoutMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #stop = new AbortController();

  constructor(config: TracingConfig, onError: (error: unknown) => void) {
    this.#transport = config.client_type === "http" ? httpTransport(config) : grpcTransport(config);
    this.#timeoutMs = config.timeout;
    this.#onError = onError;
  }

  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#send(spans).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: unknown) => {
        if (!this.#stop.signal.aborted) this.#onError(error);
        // Told already: the SDK would tell nobody else.
        resultCallback({ code: ExportResultCode.SUCCESS });
      },
    );
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    const message = ProtobufTraceSerializer.serializeRequest(spans);
    if (!message) throw new Error("spans could not be serialized");
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#timeoutMs)]);
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      try {
        await this.#transport.send(message, signal);
        return;
      } catch (error) {
        if (signal.aborted || (error instanceof RefusedError && !error.mayRetry)) throw error;
        // The signal ends the wait; what went wrong is what is told.
        await sleep(pauseMs, undefined, { signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  async shutdown(): Promise<void> {
    this.#transport.close();
  }

  /** What is on its way is given up. */
  abort(): void {
    this.#stop.abort();
    this.#transport.close();
  }
}
