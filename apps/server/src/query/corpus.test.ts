// Prometheus' scripts the way of a server's queries: what they load goes into a head, queries cross to a worker as messages with a
// view, and what comes back must be what the engine says over the same series in memory. One evaluation in five; all of them, a minute
// or so: CORPORA_WHOLE=1 npx vitest run apps/server/src/query/corpus.test.ts
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Histogram, type Labels, labelsKey, SampleColumns } from "@narthex/model";
import {
  Engine,
  type InstantRequest,
  type MemoryStorage,
  printHistogram,
  type QueryResult,
  type RangeRequest,
} from "@narthex/promql";
import { runScript, scriptEngineOptions } from "@narthex/promql/testing";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { openTsdb, type Tsdb, TsdbReader } from "@narthex/tsdb";
import { describe, expect, it } from "vitest";
import { Evaluator } from "./evaluate.js";
import { controlBytes, type FromWorker, type QueryMessage, type QueryTimes } from "./protocol.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const folder = join(corpora, "promql");
const scripts = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".test")) : [];
const path = "/data";
const takenOneIn = process.env["CORPORA_WHOLE"] ? 1 : 5;

type Request = InstantRequest | RangeRequest;
type Eval = { readonly expression: string; readonly times: QueryTimes; readonly expected: string };
type StoredSeries = { readonly labels: Labels; readonly columns: SampleColumns };
/** Evaluations over the same series. */
type Scene = { readonly key: string; readonly series: readonly StoredSeries[]; readonly evals: Eval[] };

/** Notes what a script asks as it is written, and what over. */
class Recorder extends Engine {
  readonly scenes: Scene[] = [];
  readonly #script: string;
  #asked = 0;

  constructor(script: string) {
    super(scriptEngineOptions);
    this.#script = script;
  }

  override instant(request: InstantRequest): QueryResult {
    return this.#record(request, { time: request.time }, () => super.instant(request));
  }

  override range(request: RangeRequest): QueryResult {
    const { start, end, step } = request;
    // The runner's own, around the time of an instant evaluation.
    const isRerun = step === 60_000 && end - start === 2 * step;
    return isRerun ? super.range(request) : this.#record(request, { start, end, step }, () => super.range(request));
  }

  #record(request: Request, times: QueryTimes, evaluate: () => QueryResult): QueryResult {
    const expression = request.expression as string;
    if (this.#script.includes(expression) && this.#asked++ % takenOneIn === 0) {
      this.#sceneOf(request.queryable as MemoryStorage).evals.push({
        expression,
        times,
        expected: outcomeOf(evaluate),
      });
    }
    return evaluate();
  }

  #sceneOf(storage: MemoryStorage): Scene {
    const series = contentOf(storage);
    const key = series.map(printedSeries).join("\n");
    const last = this.scenes.at(-1);
    if (last?.key === key) return last;
    const scene = { key, series, evals: [] };
    this.scenes.push(scene);
    return scene;
  }
}

function contentOf(storage: MemoryStorage): StoredSeries[] {
  const all = { start: Number.MIN_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER };
  const querier = storage.querier(all);
  return querier.select({ ...all, matchers: [], sorted: true }).map((source) => {
    const columns = new SampleColumns();
    source.read(columns);
    return { labels: source.labels, columns };
  });
}

function printedSeries({ labels, columns: { count, t, words, h } }: StoredSeries): string {
  return [labelsKey(labels), t.subarray(0, count), words.subarray(0, 2 * count), h?.map(printedHistogram)].join(" ");
}

function outcomeOf(evaluate: () => QueryResult): string {
  try {
    return printed(evaluate());
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

// Vectors in order of labels, since storages have orders of their own. Hints are the storage's, too.
function printed({ value, warnings, infos }: QueryResult): string {
  const inOrder =
    value.type === "vector"
      ? { ...value, points: [...value.points].sort((a, b) => (labelsKey(a.labels) < labelsKey(b.labels) ? -1 : 1)) }
      : value;
  return JSON.stringify({ value: inOrder, warnings: [...warnings].sort(), infos: [...infos].sort() }, (key, item) => {
    if (key === "h" && item !== undefined)
      return Array.isArray(item) ? item.map(printedHistogram) : printedHistogram(item);
    if (item instanceof Float64Array) return Array.from(item, printedFloat);
    return typeof item === "number" ? printedFloat(item) : (item as unknown);
  });
}

// Sums of floats depend on the order of series.
const printedFloat = (value: number): string => (Number.isFinite(value) ? value.toPrecision(12) : String(value));

// In the form of Prometheus' scripts, which knows no spans.
function printedHistogram(histogram: unknown): string | null {
  return histogram ? printHistogram(histogram as Histogram) : null;
}

// In order of time: a head takes no sample that is much older than its newest.
function appendScene(tsdb: Tsdb, series: readonly StoredSeries[]): void {
  const rows = series.flatMap(({ labels, columns }) =>
    Array.from({ length: columns.count }, (_, i) => ({ labels, columns, i, t: columns.t[i] as number })),
  );
  const outcomes = new Uint8Array(1);
  for (const { labels, columns, i, t } of rows.sort((a, b) => a.t - b.t)) {
    const appender = tsdb.appender();
    const ref = appender.series(labels);
    const histogram = columns.h?.[i];
    if (histogram) expect(appender.appendHistogram(ref, t, histogram)).toBe(0);
    else {
      // A piece of the column, so that the bits of a stale marker stay.
      const v = columns.v.slice(i, i + 1);
      appender.append({ count: 1, refs: Uint32Array.of(ref), t: Float64Array.of(t), v, outcomes });
      expect(outcomes[0]).toBe(0);
    }
    appender.commit();
  }
}

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
    const tsdb = await openTsdb({ path, fileSystem, clock: new SimClock(0) });
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
    const script = readFileSync(`${folder}/${name}`, "utf8");
    const recorder = new Recorder(script);
    runScript(script, recorder);
    for (const { series, evals } of recorder.scenes) {
      // What a head does not keep without a setting of its own.
      if (series.some(({ columns }) => columns.startTimes)) continue;
      const workshop = await Workshop.open(series);
      for (const one of evals) {
        expect(await workshop.outcome(one), `${one.expression} at ${JSON.stringify(one.times)}`).toBe(one.expected);
      }
      await workshop.close();
    }
    expect(recorder.scenes.length).toBeGreaterThan(0);
  });
});
