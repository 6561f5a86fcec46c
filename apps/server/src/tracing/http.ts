// OTLP over HTTP: POST /v1/traces with protobuf. Comes from: tracing/exporter.
import { gzipSync } from "node:zlib";
import { createHttpClient, defaultHttpClientConfig } from "@narthex/service";
import type { TracingConfig } from "../config/tracing.js";
import { userAgent } from "../version.js";
import { RefusedError, type TraceTransport } from "./transport.js";

const answerBytesMax = 64 * 1024;
const retryStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function httpTransport(config: TracingConfig): TraceTransport {
  const { insecure, endpoint, tls_config, headers, compression, timeout } = config;
  const client = createHttpClient(
    { ...defaultHttpClientConfig, tls_config: insecure ? undefined : tls_config },
    { userAgent },
  );
  const isCompressed = compression === "gzip";
  return {
    async send(message, signal) {
      const { status } = await client.request({
        method: "POST",
        url: `${insecure ? "http" : "https"}://${endpoint}/v1/traces`,
        headers: {
          ...headers,
          "content-type": "application/x-protobuf",
          ...(isCompressed ? { "content-encoding": "gzip" } : {}),
        },
        body: isCompressed ? gzipSync(message) : message,
        timeoutMs: timeout,
        bodyBytesMax: answerBytesMax,
        signal,
      });
      if (status >= 200 && status < 300) return;
      throw new RefusedError(`the collector answered ${status}`, { mayRetry: retryStatuses.has(status) });
    },
    close: () => client.close(),
  };
}
