// How a message gets to a collector: http.ts and grpc.ts are the two ways. Comes from: tracing/exporter.

/** Sends one message; rejects with RefusedError or whatever else went wrong. */
export type TraceTransport = {
  readonly send: (message: Uint8Array, signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
};

/** The collector's answer is not that it has the spans. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly mayRetry: boolean;
  constructor(message: string, options: { readonly mayRetry: boolean }) {
    super(message);
    this.mayRetry = options.mayRetry;
  }
}
