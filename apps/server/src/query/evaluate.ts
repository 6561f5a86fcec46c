// Evaluates one query over a view of the database. No thread is needed for it; query/worker runs it on one.
import { RowKernel } from "@narthex/formats";
import { Engine, type EngineOptions, ParseError, QueryError, type QueryResult } from "@narthex/promql";
import { type TsdbReader, UnplannedSelectionError } from "@narthex/tsdb";
import { writeAnswer } from "./answer.js";
import { answerLookup } from "./lookup/answer.js";
import {
  controlOf,
  type Found,
  type FromWorker,
  type LookupMessage,
  type QueryMessage,
  type WorkMessage,
} from "./protocol.js";

export type EvaluatorOptions = {
  readonly engine: Omit<EngineOptions, "now">;
  readonly reader: TsdbReader;
  readonly control: SharedArrayBuffer;
  /** Milliseconds from any start. */
  readonly stopwatchMs: () => number;
};

export class Evaluator {
  readonly #engine: Engine;
  readonly #rowKernel: RowKernel | undefined = RowKernel.start();
  readonly #options: EvaluatorOptions;
  readonly #samplesRead: Float64Array;
  readonly #signal: { readonly aborted: boolean };

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#engine = new Engine({ ...options.engine, now: options.stopwatchMs });
    const { stop, samplesRead } = controlOf(options.control);
    this.#samplesRead = samplesRead;
    this.#signal = {
      get aborted(): boolean {
        return Atomics.load(stop, 0) !== 0;
      },
    };
  }

  /** Never throws: what goes wrong is an answer, too. */
  answer(message: WorkMessage): FromWorker {
    try {
      this.#options.reader.addSlabs(message.slabs);
      return message.kind === "query" ? this.#answer(message) : this.#lookUp(message);
    } catch (error) {
      return failureOf(error);
    }
  }

  #answer(message: QueryMessage): FromWorker {
    const { stopwatchMs } = this.#options;
    const started = stopwatchMs();
    const result = this.#evaluate(message);
    const evalMs = stopwatchMs() - started;
    const { stats } = result;
    const { form, queueMs } = message;
    if (form.kind === "result") return { kind: "answered", body: undefined, result, stats, evalMs };
    const body = writeAnswer(result, { ...form, timings: { queueMs, evalMs }, rowKernel: this.#rowKernel });
    // The writer is this answer's own, so its buffer may be given away.
    return { kind: "answered", body: body as Uint8Array<ArrayBuffer>, result: undefined, stats, evalMs };
  }

  #lookUp({ view, lookup }: LookupMessage): Found {
    const queryable = this.#options.reader.open(view);
    const checkpoint = (): void => {
      if (this.#signal.aborted) throw new QueryError("canceled", "canceled");
    };
    try {
      const body = answerLookup(lookup, { queryable, checkpoint });
      // Whatever printed it may keep its buffer; the answer's own may be given away.
      return { kind: "found", body: new Uint8Array(body) };
    } finally {
      queryable.close();
    }
  }

  #evaluate({ view, times, expression, lookbackDeltaMs }: QueryMessage): QueryResult {
    const open = this.#options.reader.open(view);
    let total = 0;
    const request = {
      expression,
      queryable: open,
      signal: this.#signal,
      onRead: (samples: number): void => {
        total += samples;
        this.#samplesRead[0] = total;
      },
      ...(lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs }),
    };
    try {
      return "time" in times
        ? this.#engine.instant({ ...request, ...times })
        : this.#engine.range({ ...request, ...times });
    } finally {
      open.close();
    }
  }
}

function failureOf(error: unknown): FromWorker {
  if (error instanceof UnplannedSelectionError) {
    const { matchers, start, end } = error.selection;
    return {
      kind: "unplanned",
      selection: { matchers: matchers.map(({ type, name, value }) => ({ type, name, value })), start, end },
    };
  }
  if (error instanceof QueryError) return { kind: "failed", type: error.type, message: error.message };
  if (error instanceof ParseError) return { kind: "failed", type: "bad_data", message: error.message };
  return { kind: "failed", type: undefined, message: error instanceof Error ? error.message : String(error) };
}
