// Prometheus' scripts as scenes: series, and queries over them with what the engine says.
// Comes from: the corpus beside the project. Goes to: tests of the ways that queries go in a server.
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
import type { ChunkForm, Tsdb } from "@narthex/tsdb";
import { expect } from "vitest";
import { writeAnswer } from "../answer.js";
import type { QueryTimes } from "../protocol.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../../shared/corpora", import.meta.url));
const folder = join(corpora, "promql");
/** Names of the scripts; none where the corpus is not there. */
export const scripts: readonly string[] = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith(".test"))
  : [];
const bodyOptions = { limit: 0, stats: "none", timings: { queueMs: 0, evalMs: 0 } } as const;

/** The form of chunks in which a head keeps all that scenes have. */
export const chunkForm: ChunkForm = { floats: "xor2", histogramStarts: true };

/** Takes one evaluation in so many. */
export function scenesOf(name: string, { takenOneIn }: { readonly takenOneIn: number }): Scene[] {
  const script = readFileSync(`${folder}/${name}`, "utf8");
  const recorder = new Recorder(script, takenOneIn);
  runScript(script, recorder);
  return recorder.scenes;
}

type Request = InstantRequest | RangeRequest;
/** What a script asks, and what the engine says over the same series in memory. */
export type Eval = { readonly expression: string; readonly times: QueryTimes; readonly expected: string; readonly expectedBody: string };
export type StoredSeries = { readonly labels: Labels; readonly columns: SampleColumns };
/** Evaluations over the same series. */
export type Scene = { readonly key: string; readonly series: readonly StoredSeries[]; readonly evals: Eval[] };

/** Notes what a script asks as it is written, and what over: one evaluation in so many. */
class Recorder extends Engine {
  readonly scenes: Scene[] = [];
  readonly #script: string;
  readonly #takenOneIn: number;
  #asked = 0;

  constructor(script: string, takenOneIn: number) {
    super(scriptEngineOptions);
    this.#script = script;
    this.#takenOneIn = takenOneIn;
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
    if (this.#script.includes(expression) && this.#asked++ % this.#takenOneIn === 0) {
      this.#sceneOf(request.queryable as MemoryStorage).evals.push({
        expression,
        times,
        expected: outcomeOf(evaluate, printed),
        expectedBody: outcomeOf(evaluate, (result) => printedBody(writeAnswer(result, bodyOptions))),
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

function outcomeOf(evaluate: () => QueryResult, print: (result: QueryResult) => string): string {
  try {
    return print(evaluate());
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

// Vectors in order of labels, since storages have orders of their own. Hints are the storage's, too.
export function printed({ value, warnings, infos }: QueryResult): string {
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

/** The body of an answer in the same way. */
export function printedBody(body: Uint8Array): string {
  const answer = JSON.parse(Buffer.from(body).toString()) as { data: { result: unknown[]; resultType: string } };
  if (answer.data.resultType === "vector") answer.data.result.sort((a, b) => (metricOf(a) < metricOf(b) ? -1 : 1));
  return JSON.stringify(answer, (_, item: unknown) =>
    typeof item === "string" && item !== "" && Number.isFinite(Number(item)) ? printedFloat(Number(item)) : item,
  );
}

const metricOf = (element: unknown): string =>
  JSON.stringify(Object.entries((element as { metric: object }).metric).sort());

// In order of time: a head takes no sample that is much older than its newest.
export function appendScene(tsdb: Tsdb, series: readonly StoredSeries[]): void {
  const rows = series.flatMap(({ labels, columns }) =>
    Array.from({ length: columns.count }, (_, i) => ({ labels, columns, i, t: columns.t[i] as number })),
  );
  const outcomes = new Uint8Array(1);
  for (const { labels, columns, i, t } of rows.sort((a, b) => a.t - b.t)) {
    const appender = tsdb.appender();
    const ref = appender.series(labels);
    const histogram = columns.h?.[i];
    const startTimes = columns.startTimes?.slice(i, i + 1);
    if (histogram) expect(appender.appendHistogram(ref, { t, startTime: startTimes?.[0] ?? 0 }, histogram)).toBe(0);
    else {
      // A piece of the column, so that the bits of a stale marker stay.
      const v = columns.v.slice(i, i + 1);
      appender.append({ count: 1, refs: Uint32Array.of(ref), t: Float64Array.of(t), v, startTimes, outcomes });
      expect(outcomes[0]).toBe(0);
    }
    appender.commit();
  }
}
