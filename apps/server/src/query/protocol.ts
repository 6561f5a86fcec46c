// What the main thread and a query worker say to each other. All of it can be cloned; buffers are transferred.
import type { EngineOptions, QueryErrorType, QueryResult, QueryStats } from "@narthex/promql";
import type { Slab, TsdbView, ViewBlock } from "@narthex/tsdb";
import type { RemoteData } from "../remote/read/data.js";
import type { Lookup, PlainMatcher } from "./lookup/lookup.js";

/** Given to a worker when it starts. */
export type WorkerSetup = {
  readonly engine: Omit<EngineOptions, "now">;
  /** The data directory. */
  readonly path: string;
  readonly blockCacheBytesMax: number;
  /** Shared, for the query at work: see `controlOf`. */
  readonly control: SharedArrayBuffer;
  /** Shared with those that help this worker: promql's `LeaderOptions`. */
  readonly parallel: SharedArrayBuffer;
  /** No other worker will help with its queries: it need not ask. */
  readonly alone?: boolean;
};

/** Times in ms. */
export type QueryTimes =
  | { readonly time: number }
  | { readonly start: number; readonly end: number; readonly step: number };

/** Nothing about what the query took, sums over all its steps, or samples for each step, too. */
export type StatsForm = "none" | "totals" | "steps";

export type BodyForm = {
  /** Series, or elements of a vector; 0 for all. */
  readonly limit: number;
  readonly stats: StatsForm;
  /** Said besides those of the query itself. */
  readonly warnings?: readonly string[];
};

/** What the answer looks like: the API's whole body, or the result itself, for rules. */
export type AnswerForm = ({ readonly kind: "body" } & BodyForm) | { readonly kind: "result" };

/** Whether the query counts samples for each of its steps; sums without it are estimates. */
export function countsSteps(form: AnswerForm): boolean {
  return form.kind === "body" && form.stats !== "none";
}

/** What any work needs. */
type Seen = {
  readonly view: TsdbView;
  /** Of the head's arena, those that the worker does not have yet. */
  readonly slabs: readonly Slab[];
};

/** What servers that remote_read names sent for this work; absent where there is nobody to ask. */
type Supplied = { readonly remote?: RemoteData | undefined };

export type QueryMessage = Seen &
  Supplied & {
    readonly kind: "query";
    readonly expression: string;
    readonly times: QueryTimes;
    readonly lookbackDeltaMs: number | undefined;
    readonly form: AnswerForm;
    readonly queueMs: number;
  };

export type LookupMessage = Seen & Supplied & { readonly kind: "lookup"; readonly lookup: Lookup };

/** Help for another worker's query. */
export type HelpMessage = Seen & {
  readonly kind: "help";
  readonly expression: string;
  readonly times: QueryTimes;
  readonly lookbackDeltaMs: number | undefined;
  readonly countsSteps: boolean;
  readonly help: { readonly memory: SharedArrayBuffer; readonly query: number; readonly assistant: number };
};

export type WorkMessage = QueryMessage | LookupMessage | HelpMessage;

/** The blocks there are now; others may be closed. */
export type BlocksMessage = { readonly kind: "blocks"; readonly blocks: readonly ViewBlock[] };

export type ToWorker = WorkMessage | BlocksMessage;

export type Answered = {
  readonly kind: "answered";
  /** Of form "body": all of it, or its first part. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** Parts follow. */
  readonly hasMore: boolean;
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

/** Of a lookup: the body, or its first part. */
export type Found = { readonly kind: "found"; readonly body: Uint8Array<ArrayBuffer>; readonly hasMore: boolean };

/** The next part of a body. */
export type Part = { readonly kind: "part"; readonly body: Uint8Array<ArrayBuffer>; readonly hasMore: boolean };

/** Sent once, when the worker is there. */
export type Loaded = { readonly kind: "loaded" };

/** Sent while the query goes on. */
export type HelpWanted = { readonly kind: "help-wanted"; readonly view: TsdbView; readonly query: number };

export type FromWorker =
  | Answered
  | Found
  | Part
  | { readonly kind: "helped" }
  /** `type` is undefined for what is no fault of the query. */
  | { readonly kind: "failed"; readonly type: QueryErrorType | undefined; readonly message: string }
  /** The view lacks a selection: the query wants another view. */
  | { readonly kind: "unplanned"; readonly selection: PlainSelection };

/** Bytes of the memory that both sides share. */
export const controlBytes = 16;

export type Control = {
  /** Other than 0: the query shall end. */
  readonly stop: Int32Array;
  /** Parts of the answer that went on to its client; the worker waits for it. */
  readonly taken: Int32Array;
  /** Counts while the query runs. */
  readonly samplesRead: Float64Array;
};

export function controlOf(buffer: SharedArrayBuffer): Control {
  return {
    stop: new Int32Array(buffer, 0, 1),
    taken: new Int32Array(buffer, 4, 1),
    samplesRead: new Float64Array(buffer, 8, 1),
  };
}

/** A body of this size is sent as a whole. */
export const partBytesMax: number = 1024 * 1024;
/** Parts of one answer that wait for its client; then its worker waits, too. */
export const partsAheadMax = 4;
