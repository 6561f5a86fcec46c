// What the main thread and a query worker say to each other. All of it can be cloned; buffers are transferred.
import type { EngineOptions, QueryErrorType, QueryResult, QueryStats } from "@narthex/promql";
import type { Slab, TsdbView, ViewBlock } from "@narthex/tsdb";
import type { Lookup, PlainMatcher } from "./lookup/lookup.js";

/** Given to a worker when it starts. */
export type WorkerSetup = {
  readonly engine: Omit<EngineOptions, "now">;
  /** The data directory. */
  readonly path: string;
  readonly blockCacheBytesMax: number;
  /** Shared, for the query at work: see `controlOf`. */
  readonly control: SharedArrayBuffer;
};

/** Times in ms. */
export type QueryTimes =
  | { readonly time: number }
  | { readonly start: number; readonly end: number; readonly step: number };

/** What the answer looks like: the API's whole body, or the result itself, for rules. */
export type AnswerForm =
  | { readonly kind: "body"; readonly limit: number; readonly hasStats: boolean }
  | { readonly kind: "result" };

/** What any work needs. */
type Seen = {
  readonly view: TsdbView;
  /** Of the head's arena, those that the worker does not have yet. */
  readonly slabs: readonly Slab[];
};

export type QueryMessage = Seen & {
  readonly kind: "query";
  readonly expression: string;
  readonly times: QueryTimes;
  readonly lookbackDeltaMs: number | undefined;
  readonly form: AnswerForm;
  readonly queueMs: number;
};

export type LookupMessage = Seen & { readonly kind: "lookup"; readonly lookup: Lookup };

export type WorkMessage = QueryMessage | LookupMessage;

/** The blocks there are now; others may be closed. */
export type BlocksMessage = { readonly kind: "blocks"; readonly blocks: readonly ViewBlock[] };

export type ToWorker = WorkMessage | BlocksMessage;

export type Answered = {
  readonly kind: "answered";
  /** Of form "body". */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** Of form "result". */
  readonly result: QueryResult | undefined;
  readonly stats: QueryStats;
  readonly evalMs: number;
};

/** A matcher without its compiled expression, and the times it is wanted for. */
export type PlainSelection = {
  readonly matchers: readonly PlainMatcher[];
  readonly start: number;
  readonly end: number;
};

/** Of a lookup: the body. */
export type Found = { readonly kind: "found"; readonly body: Uint8Array<ArrayBuffer> };

export type FromWorker =
  | Answered
  | Found
  /** `type` is undefined for what is no fault of the query. */
  | { readonly kind: "failed"; readonly type: QueryErrorType | undefined; readonly message: string }
  /** The view lacks a selection: the query wants another view. */
  | { readonly kind: "unplanned"; readonly selection: PlainSelection };

/** Bytes of the memory that both sides share. */
export const controlBytes = 16;

/** `stop[0]` other than 0 ends the query; `samplesRead[0]` counts while it runs. */
export function controlOf(buffer: SharedArrayBuffer): {
  readonly stop: Int32Array;
  readonly samplesRead: Float64Array;
} {
  return { stop: new Int32Array(buffer, 0, 1), samplesRead: new Float64Array(buffer, 8, 1) };
}
