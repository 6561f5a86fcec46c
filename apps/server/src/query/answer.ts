// A query's result → the whole body of /api/v1/query and /api/v1/query_range.
// Comes from: query/evaluate, on a worker. Goes to: the socket, as it is.
import { type JsonParts, JsonWriter, type LabelTexts, type RowKernel, writeQueryResult } from "@narthex/formats";
import { printableBuckets, type QueryResult, type QueryStats, type QueryValue, type StepStats } from "@narthex/promql";
import type { BodyForm, StatsForm } from "./protocol.js";

/** How long a query waited and how long it was evaluated, in ms. */
export type QueryTimings = { readonly queueMs: number; readonly evalMs: number };

export type AnswerOptions = BodyForm & {
  readonly timings: QueryTimings;
  /** Prints rows faster; of the worker that evaluates. */
  readonly rowKernel?: RowKernel | undefined;
  readonly labelTexts?: LabelTexts | undefined;
  readonly parts?: JsonParts | undefined;
};

/** Said where a limit left something out. */
export const cutWarning = "results truncated due to limit";

/** Returns the end of the body, or all of it where no part was taken. */
export function writeAnswer(result: QueryResult, options: AnswerOptions): Uint8Array<ArrayBuffer> {
  const { limit, stats, timings, rowKernel, labelTexts, parts } = options;
  const { value, isCut } = limited(result.value, limit);
  const cut = isCut ? [cutWarning] : [];
  const warnings = [...result.warnings, ...cut, ...(options.warnings ?? [])];
  const capacity = Math.min(likelyBytes(value), parts?.bytesMax ?? Infinity);
  const writer = new JsonWriter(capacity, { rowKernel, labelTexts, parts });
  writer.raw('{"status":"success","data":{');
  writeQueryResult(writer, value, { bucketsOf: printableBuckets });
  if (stats !== "none") writeStats(writer, withSteps(result.stats, stats), timings);
  writer.raw("}");
  writeTexts(writer, "warnings", warnings);
  writeTexts(writer, "infos", result.infos);
  writer.raw("}");
  return writer.bytes();
}

// So that the buffer of a large answer is not copied again and again while it grows, and that of a small one need not be cleared; pages
// that are not written cost nothing.
function likelyBytes(value: QueryValue): number {
  let points = 0;
  if (value.type === "matrix") for (const { count } of value.series) points += count;
  const series = value.type === "matrix" ? value.series.length : value.type === "vector" ? value.points.length : 0;
  return Math.min(64 * 1024 * 1024, 4096 + 256 * series + 40 * points);
}

/** Appends `,"name":[…]`, or nothing where there is none. */
export function writeTexts(writer: JsonWriter, name: string, texts: readonly string[]): void {
  if (texts.length === 0) return;
  writer.raw(`,"${name}":`);
  writer.value(texts);
}

function limited(value: QueryValue, limit: number): { readonly value: QueryValue; readonly isCut: boolean } {
  if (limit === 0) return { value, isCut: false };
  if (value.type === "vector" && value.points.length > limit) {
    return { value: { ...value, points: value.points.slice(0, limit) }, isCut: true };
  }
  if (value.type === "matrix" && value.series.length > limit) {
    return { value: { ...value, series: value.series.slice(0, limit) }, isCut: true };
  }
  return { value, isCut: false };
}

function withSteps(stats: QueryStats, form: StatsForm): QueryStats {
  return form === "steps" ? stats : { ...stats, perStep: undefined };
}

/** Appends `,"stats":…`. Timings that we do not take apart are 0. */
function writeStats(writer: JsonWriter, stats: QueryStats, timings: QueryTimings): void {
  writer.raw(',"stats":');
  writer.value(printableStats(stats, timings));
}

/** As the API and the query log show them. */
export function printableStats(stats: QueryStats, { queueMs, evalMs }: QueryTimings): object {
  const { perStep } = stats;
  const evalSeconds = evalMs / 1000;
  const queueSeconds = queueMs / 1000;
  return {
    timings: {
      evalTotalTime: evalSeconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: evalSeconds,
      execQueueTime: queueSeconds,
      execTotalTime: evalSeconds + queueSeconds,
    },
    samples: {
      ...(perStep ? { totalQueryableSamplesPerStep: printableSteps(perStep, perStep.queryableSamples) } : {}),
      totalQueryableSamples: stats.totalQueryableSamples,
      ...(perStep ? { samplesReadPerStep: printableSteps(perStep, perStep.samplesRead) } : {}),
      samplesRead: stats.samplesRead,
      peakSamples: stats.peakSamples,
    },
  };
}

function printableSteps({ start, step }: StepStats, counts: Float64Array): [seconds: number, count: number][] {
  return Array.from(counts, (count, i) => [(start + i * step) / 1000, count]);
}
