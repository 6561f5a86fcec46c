// Spans of what the server does, for OpenTelemetry collectors. While no configuration asks for them nothing is loaded and
// nothing is made. Comes from: apply (the section `tracing`), the rooms (what they do). Goes to: tracing/provider.
// The parent of a span is what the same chain of promises is within.
import { AsyncLocalStorage } from "node:async_hooks";
import { errorText, type Logger } from "@narthex/service";
import type { Attributes, Span, SpanKind } from "@opentelemetry/api";
import type { TracingConfig } from "../config/tracing.js";
import type { IncomingHeaders, TraceProvider } from "./provider.js";

export type SpanRequest = {
  readonly name: string;
  /** "internal" when absent. */
  readonly kind?: keyof typeof spanKinds;
  readonly attributes?: Attributes;
};

/** What was measured before anybody asked for a span of it; `start` and `end` in ms since 1970. */
export type PastSpan = SpanRequest & {
  readonly start: number;
  readonly end: number;
  readonly error?: Error | undefined;
};

// Numbers of the API's enum, so that it is not loaded for them.
const spanKinds = { internal: 0 as SpanKind, server: 1 as SpanKind, client: 2 as SpanKind } as const;
const statusError = 2;

export class Tracing {
  readonly #logger: Logger;
  readonly #active = new AsyncLocalStorage<Span>();
  #provider: TraceProvider | undefined;
  #config: TracingConfig | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get isOn(): boolean {
    return this.#provider !== undefined;
  }

  /** Spans that ended before are sent first. Throws where files of the section cannot be read. */
  async apply(config: TracingConfig | undefined): Promise<void> {
    // Files of certificates may have changed where the section has not.
    const isSame = JSON.stringify(config) === JSON.stringify(this.#config) && config?.tls_config === undefined;
    if (isSame) return;
    await this.close();
    this.#config = config;
    if (!config) return;
    const { openProvider } = await import("./provider.js");
    this.#provider = openProvider(config, (error) =>
      this.#logger.error({ err: errorText(error) }, "spans could not be sent"),
    );
  }

  /** Sends what has ended, for some seconds at most. */
  async close(): Promise<void> {
    const provider = this.#provider;
    this.#provider = undefined;
    this.#config = undefined;
    await provider?.close();
  }

  /** Runs the task within a span, which ends with it. */
  async within<T>(request: SpanRequest, task: () => Promise<T>): Promise<T> {
    const span = this.begin(request);
    if (!span) return task();
    try {
      return await this.#active.run(span, task);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  /** As `within`, of a request to others, with the headers that tell them of the span. */
  call<T>(request: SpanRequest, task: (headers: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
    return this.within(request, () => {
      const span = this.#active.getStore();
      return task(span ? (this.#provider?.headersOf(span) ?? {}) : {});
    });
  }

  /** A span to be ended by the caller; undefined while tracing is off. `headers`: of a request that may tell the parent. */
  begin({ name, kind = "internal", attributes = {} }: SpanRequest, headers?: IncomingHeaders): Span | undefined {
    const parent = headers ? this.#provider?.parentIn(headers) : this.#active.getStore();
    return this.#provider?.start(name, { kind: spanKinds[kind], attributes }, parent);
  }

  /** Runs the task, whose spans are children of the span. */
  run<T>(span: Span, task: () => T): T {
    return this.#active.run(span, task);
  }

  /** Spans for what has been: the first is the parent of the others. */
  note(parent: PastSpan, children: readonly PastSpan[]): void {
    const provider = this.#provider;
    if (!provider) return;
    const begin = ({ name, kind = "internal", attributes = {}, start }: PastSpan, above: Span | undefined): Span =>
      provider.start(name, { kind: spanKinds[kind], attributes, startTime: start }, above);
    const span = begin(parent, this.#active.getStore());
    for (const child of children) begin(child, span).end(child.end);
    if (parent.error) fail(span, parent.error);
    span.end(parent.end);
  }
}

export function fail(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: statusError, message: errorText(error) });
}
