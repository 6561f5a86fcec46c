// Prometheus' scripts the way of a server's queries: what they load goes into a head, queries cross to a worker as messages with a
// view, and what comes back must be what the engine says over the same series in memory. One evaluation in five; all of them, a minute
// or so: CORPORA_WHOLE=1 npx vitest run apps/server/src/query/corpus.test.ts
import { Engine, type QueryResult } from "@narthex/promql";
import { scriptEngineOptions } from "@narthex/promql/testing";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { openTsdb, type Tsdb, TsdbReader } from "@narthex/tsdb";
import { describe, expect, it } from "vitest";
import { Evaluator } from "./evaluate.js";
import { controlBytes, type FromWorker, type QueryMessage } from "./protocol.js";
import { appendScene, chunkForm, type Eval, printed, type StoredSeries, scenesOf, scripts } from "./testdata/corpus.js";

const path = "/data";
const takenOneIn = process.env["CORPORA_WHOLE"] ? 1 : 5;

class Workshop {
  readonly #tsdb: Tsdb;
  readonly #evaluator: Evaluator;
  readonly #engine = new Engine(scriptEngineOptions);

  private constructor(tsdb: Tsdb, fileSystem: SimFileSystem) {
    this.#tsdb = tsdb;
    const reader = new TsdbReader({ path, fileSystem, blockCacheBytesMax: 1 << 20 });
    const control = new SharedArrayBuffer(controlBytes);
    const send = (): never => expect.unreachable("results are no bodies");
    this.#evaluator = new Evaluator({ engine: scriptEngineOptions, reader, control, stopwatchMs: () => 0, send });
  }

  static async open(series: readonly StoredSeries[]): Promise<Workshop> {
    const fileSystem = new SimFileSystem();
    const tsdb = await openTsdb({ path, fileSystem, clock: new SimClock(0), chunkForm });
    appendScene(tsdb, series);
    return new Workshop(tsdb, fileSystem);
  }

  async outcome({ expression, times }: Eval): Promise<string> {
    let selections: ReturnType<Engine["selections"]>;
    try {
      selections = this.#engine.selections({ expression, ...times });
    } catch (error) {
      return `error: ${(error as Error).message}`;
    }
    const { view, buffers, release } = await this.#tsdb.view(selections);
    const form = { kind: "result" } as const;
    const slabs = this.#sent ? [] : this.#tsdb.slabs(0);
    this.#sent = true;
    const message: Omit<QueryMessage, "slabs"> = {
      kind: "query",
      expression,
      times,
      form,
      view,
      lookbackDeltaMs: undefined,
      queueMs: 0,
    };
    // As between threads: copies, and buffers that have left. Slabs are shared memory.
    const there = structuredClone(message, { transfer: buffers });
    const answer = structuredClone(this.#evaluator.answer({ ...there, slabs })) as FromWorker;
    release();
    if (answer.kind === "failed") return `error: ${answer.message}`;
    if (answer.kind === "unplanned") throw new Error(`${expression} selects what its plan does not say`);
    return answer.kind === "answered" ? printed(answer.result as QueryResult) : answer.kind;
  }

  #sent = false;

  close(): Promise<void> {
    return this.#tsdb.close();
  }
}

describe.skipIf(scripts.length === 0)("a worker answers Prometheus' scripts as the engine does (need CORPORA)", () => {
  it.each(scripts)("%s", { timeout: 60_000 }, async (name) => {
    for (const { series, evals } of scenesOf(name, { takenOneIn })) {
      const workshop = await Workshop.open(series);
      for (const one of evals) {
        expect(await workshop.outcome(one), `${one.expression} at ${JSON.stringify(one.times)}`).toBe(one.expected);
      }
      await workshop.close();
    }
  });
});
