// OTLP over gRPC: one call, TraceService/Export, on a connection that is kept. Comes from: tracing/exporter.
// A call is an HTTP/2 POST; before its message stand a byte that says whether it is compressed, and its length; the
// outcome is in the trailers. Why no library: docs/decisions/0019-tracing.md.
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { gzipSync } from "node:zlib";
import { type TlsSource, tlsSource } from "@narthex/service";
import type { TracingConfig } from "../config/tracing.js";
import { userAgent } from "../version.js";
import { RefusedError, type TraceTransport } from "./transport.js";

const path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/** CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS: OTLP lets them be tried again. */
const retryCodes: ReadonlySet<number> = new Set([1, 4, 8, 10, 11, 14, 15]);

export function grpcTransport(config: TracingConfig): TraceTransport {
  const tls = tlsSource(config.tls_config);
  let session: ClientHttp2Session | undefined;
  return {
    async send(message, signal) {
      if (!session || session.closed || session.destroyed) session = open(config, tls);
      await call(session, { config, message, signal });
    },
    close() {
      session?.close();
    },
  };
}

function open({ insecure, endpoint }: TracingConfig, tls: TlsSource): ClientHttp2Session {
  const session = connect(`${insecure ? "http" : "https"}://${endpoint}`, insecure ? {} : tls());
  // What fails is told to the calls that are on it.
  session.on("error", () => {});
  session.unref();
  return session;
}

type Call = { readonly config: TracingConfig; readonly message: Uint8Array; readonly signal: AbortSignal };

function call(session: ClientHttp2Session, { config, message, signal }: Call): Promise<void> {
  const { headers, compression, timeout } = config;
  const stream = session.request(
    {
      ...headers,
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      "content-type": "application/grpc",
      "grpc-timeout": `${Math.ceil(timeout)}m`,
      ...(compression === "gzip" ? { "grpc-encoding": "gzip" } : {}),
      te: "trailers",
      "user-agent": userAgent,
    },
    { signal },
  );
  return new Promise((resolve, reject) => {
    let answer: IncomingHttpHeaders = {};
    // A call that is refused at once has its outcome in the headers.
    stream.on("response", (head) => {
      answer = { ...answer, ...head };
    });
    stream.on("trailers", (trailers) => {
      answer = { ...answer, ...trailers };
    });
    stream.on("error", (cause) => {
      const why = session.destroyed || signal.aborted ? cause : new RefusedError(cause.message, { mayRetry: true });
      reject(why);
    });
    stream.on("close", () => {
      const error = outcomeOf(answer);
      if (error) reject(error);
      else resolve();
    });
    // The answer's message says nothing that matters here.
    stream.resume();
    stream.end(framed(message, compression === "gzip"));
  });
}

function framed(message: Uint8Array, isCompressed: boolean): Buffer {
  const body = isCompressed ? gzipSync(message) : message;
  const frame = Buffer.alloc(5 + body.length);
  frame[0] = isCompressed ? 1 : 0;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  return frame;
}

function outcomeOf(answer: IncomingHttpHeaders): RefusedError | undefined {
  const code = Number(answer["grpc-status"] ?? Number.NaN);
  if (code === 0) return undefined;
  if (Number.isNaN(code)) {
    const status = answer[":status"];
    const what =
      status === undefined
        ? "the collector closed the connection"
        : `the collector answered HTTP status ${String(status)}, not gRPC`;
    return new RefusedError(what, { mayRetry: status === undefined });
  }
  const text = decodeURIComponent(String(answer["grpc-message"] ?? "").replace(/%(?![0-9a-f]{2})/gi, "%25"));
  return new RefusedError(`the collector answered gRPC status ${code}${text === "" ? "" : `: ${text}`}`, {
    mayRetry: retryCodes.has(code),
  });
}
