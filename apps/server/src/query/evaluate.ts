// Evaluates one query over a view of the database, whole, and prints its answer, in parts where that is long.
// No thread is needed for it; query/worker runs it on one.
import { LabelTexts, RowKernel } from "@narthex/formats";
import type { Queryable } from "@narthex/model";
import {
  Engine,
  type EngineOptions,
  type LeaderOptions,
  ParseError,
  QueryError,
  type QueryResult,
  queryInMemory,
} from "@narthex/promql";
import { type TsdbReader, type TsdbView, UnplannedSelectionError } from "@narthex/tsdb";
import { withRemotes } from "../remote/read/stores.js";
import { type AnswerOptions, writeAnswer } from "./answer.js";
import { answerLookup } from "./lookup/answer.js";
import {
  type Answered,
  controlOf,
  countsSteps,
  type Found,
  type FromWorker,
  type HelpMessage,
  type HelpWanted,
  type LookupMessage,
  type QueryMessage,
  type WorkMessage,
} from "./protocol.js";
import { PartSender } from "./sender.js";

export type EvaluatorOptions = {
  readonly engine: Omit<EngineOptions, "now">;
  readonly reader: TsdbReader;
  readonly control: SharedArrayBuffer;
  /** Where other threads may help. */
  readonly parallel?: { readonly memory: SharedArrayBuffer; readonly onHelpWanted: (wanted: HelpWanted) => void };
  /** Milliseconds from any start. */
  readonly stopwatchMs: () => number;
  /** Takes parts of answers, all but the last. */
  readonly send: (part: FromWorker) => void;
};

export class Evaluator {
  readonly #engine: Engine;
  readonly #rowKernel: RowKernel | undefined = RowKernel.start();
  readonly #labelTexts = new LabelTexts();
  readonly #options: EvaluatorOptions;
  readonly #samplesRead: Float64Array;
  readonly #signal: { readonly aborted: boolean };
  readonly #sender: PartSender;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#engine = new Engine({ ...options.engine, now: options.stopwatchMs });
    const control = controlOf(options.control);
    const { stop } = control;
    this.#samplesRead = control.samplesRead;
    this.#sender = new PartSender({ control, send: options.send });
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
      switch (message.kind) {
        case "query":
          return this.#answer(message);
        case "lookup":
          return this.#lookUp(message);
        case "help":
          return this.#help(message);
      }
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
    if (form.kind === "result") {
      return { kind: "answered", body: undefined, hasMore: false, result, stats, evalMs };
    }
    return this.#sender.inParts(
      (body, hasMore): Answered => ({ kind: "answered", body, hasMore, result: undefined, stats, evalMs }),
      (parts) => writeAnswer(result, { ...form, timings: { queueMs, evalMs }, ...this.#printing, parts }),
    );
  }

  /** What is remembered for printing. */
  get #printing(): Pick<AnswerOptions, "rowKernel" | "labelTexts"> {
    return { rowKernel: this.#rowKernel, labelTexts: this.#labelTexts };
  }

  #lookUp({ view, lookup, remote }: LookupMessage): FromWorker {
    const open = this.#options.reader.open(view);
    const checkpoint = (): void => {
      if (this.#signal.aborted) throw new QueryError("canceled", "canceled");
    };
    try {
      const { queryable, warnings } = withRemotes(open, remote);
      return this.#sender.inParts(
        (body, hasMore): Found => ({ kind: "found", body, hasMore }),
        (parts) => answerLookup(lookup, { queryable, checkpoint, warnings }, parts),
      );
    } finally {
      open.close();
    }
  }

  #help({ view, times, expression, lookbackDeltaMs, countsSteps, help }: HelpMessage): FromWorker {
    const queryable = this.#options.reader.open(view);
    const lookback = lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs };
    const assistant = { ...help, signal: this.#signal };
    try {
      this.#engine.help({ expression, queryable, ...times, ...lookback, countsSteps, assistant });
    } finally {
      queryable.close();
    }
    return { kind: "helped" };
  }

  #leader(view: TsdbView): { leader?: LeaderOptions } {
    const { parallel } = this.#options;
    if (!parallel) return {};
    const { memory, onHelpWanted } = parallel;
    return {
      leader: {
        memory,
        onHelpWanted: () => onHelpWanted({ kind: "help-wanted", view, query: queryInMemory(memory) }),
      },
    };
  }

  #evaluate(message: QueryMessage): QueryResult {
    const open = this.#options.reader.open(message.view);
    try {
      const { queryable, warnings } = withRemotes(open, message.remote);
      const result = this.#evaluateOver(queryable, message);
      return warnings.length === 0 ? result : { ...result, warnings: [...result.warnings, ...warnings] };
    } finally {
      open.close();
    }
  }

  #evaluateOver(queryable: Queryable, message: QueryMessage): QueryResult {
    const { view, times, expression, lookbackDeltaMs, form, remote } = message;
    let total = 0;
    const request = {
      expression,
      queryable,
      signal: this.#signal,
      countsSteps: countsSteps(form),
      onRead: (samples: number): void => {
        total += samples;
        this.#samplesRead[0] = total;
      },
      ...(lookbackDeltaMs === undefined ? {} : { lookbackDeltaMs }),
      // Others would not have what remotes sent.
      ...(remote ? {} : this.#leader(view)),
    };
    return "time" in times
      ? this.#engine.instant({ ...request, ...times })
      : this.#engine.range({ ...request, ...times });
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
