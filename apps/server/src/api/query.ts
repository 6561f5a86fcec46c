// /api/v1/query, query_range, query_exemplars, format_query.
import { JsonWriter, writeQueryResult } from "@narthex/formats";
import { labelsToRecord, type Matcher } from "@narthex/model";
import {
  type Expression,
  ParseError,
  type ParseOptions,
  parseExpression,
  prettyPrint,
  printableBuckets,
  type QueryValue,
} from "@narthex/promql";
import { printFloatApi } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import { badParameter, type Parameters } from "./parameters.js";
import type { QueryLimits, QueryRunner, RunResult } from "./query-runner.js";
import { type Answer, ApiError, data, jsonType } from "./respond.js";
import { type ApiRequest, queryRoute, type Route } from "./route.js";
import { writeStats } from "./stats.js";

export type QuerySource = {
  readonly runner: QueryRunner;
  readonly tsdb: Tsdb;
  readonly features: ParseOptions;
  /** ms. */
  readonly now: () => number;
};

/** Points of one series that an answer may have. */
export const pointsMax = 11_000;

export function queryRoutes(source: QuerySource): Route[] {
  return [
    queryRoute("/api/v1/query", (request) => answerInstant(source, request)),
    queryRoute("/api/v1/query_range", (request) => answerRange(source, request)),
    queryRoute("/api/v1/query_exemplars", ({ parameters }) => answerExemplars(source, parameters)),
    queryRoute("/api/v1/format_query", ({ parameters }) =>
      data(prettyPrint(expressionFrom(parameters, source.features))),
    ),
  ];
}

async function answerInstant(source: QuerySource, request: ApiRequest): Promise<Answer> {
  const { parameters } = request;
  const limit = parameters.limit();
  const time = parameters.time("time", source.now());
  const limits = limitsFrom(request);
  expressionFrom(parameters, source.features);
  const result = await source.runner.instant({ expression: parameters.text("query"), time }, limits);
  return resultAnswer(result, { limit, stats: parameters.text("stats") });
}

async function answerRange(source: QuerySource, request: ApiRequest): Promise<Answer> {
  const { parameters } = request;
  const limit = parameters.limit();
  const start = parameters.requiredTime("start");
  const end = parameters.requiredTime("end");
  if (end < start) throw badParameter("end", "end timestamp must not be before start time");
  const step = Math.trunc(parameters.requiredDuration("step"));
  if (step <= 0) {
    throw badParameter(
      "step",
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  }
  if ((end - start) / step > pointsMax) {
    throw new ApiError(
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  const limits = limitsFrom(request);
  expressionFrom(parameters, source.features);
  const result = await source.runner.range({ expression: parameters.text("query"), start, end, step }, limits);
  return resultAnswer(result, { limit, stats: parameters.text("stats") });
}

function limitsFrom({ parameters, signal }: ApiRequest): QueryLimits {
  return { signal, timeoutMs: parameters.duration("timeout"), lookbackDeltaMs: parameters.duration("lookback_delta") };
}

/** The parsed `query`; its text goes to the engine, whose annotations point into it. */
export function expressionFrom(parameters: Parameters, features: ParseOptions): Expression {
  try {
    return parseExpression(parameters.text("query"), features);
  } catch (error) {
    if (error instanceof ParseError) throw badParameter("query", error.message);
    throw error;
  }
}

type ResultShape = { readonly limit: number; readonly stats: string };

function resultAnswer(result: RunResult, { limit, stats }: ResultShape): Answer {
  const { value, isCut } = limited(result.value, limit);
  const warnings = isCut ? [...result.warnings, "results truncated due to limit"] : result.warnings;
  const writer = new JsonWriter();
  writer.raw('{"status":"success","data":{');
  writeQueryResult(writer, value, { bucketsOf: printableBuckets });
  if (stats !== "") writeStats(writer, result);
  writer.raw("}");
  writeTexts(writer, "warnings", warnings);
  writeTexts(writer, "infos", result.infos);
  writer.raw("}");
  // The writer is this answer's own, so its bytes may go out as they are.
  return { kind: "body", body: writer.bytes(), contentType: jsonType };
}

function writeTexts(writer: JsonWriter, name: string, texts: readonly string[]): void {
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

function answerExemplars(source: QuerySource, parameters: Parameters): Answer {
  const { start, end } = parameters.range();
  if (end < start) throw badParameter("end", "end timestamp must not be before start timestamp");
  const matcherSets = selectorsOf(expressionFrom(parameters, source.features));
  const found = matcherSets.length > 0 ? source.tsdb.exemplars({ start, end }, matcherSets) : [];
  return data(
    found.map(({ seriesLabels, exemplars }) => ({
      seriesLabels: labelsToRecord(seriesLabels),
      exemplars: exemplars.map(({ labels, v, t }) => ({
        labels: labelsToRecord(labels),
        value: printFloatApi(v),
        timestamp: t / 1000,
      })),
    })),
  );
}

/** Matchers of every selector in the expression. */
export function selectorsOf(expression: Expression): (readonly Matcher[])[] {
  switch (expression.kind) {
    case "vector-selector":
      return [expression.matchers];
    case "matrix-selector":
      return [expression.selector.matchers];
    case "subquery":
      return selectorsOf(expression.expression);
    case "aggregation": {
      const { parameter } = expression;
      return [...(parameter ? selectorsOf(parameter) : []), ...selectorsOf(expression.expression)];
    }
    case "binary":
      return [...selectorsOf(expression.left), ...selectorsOf(expression.right)];
    case "unary":
      return selectorsOf(expression.operand);
    case "call":
      return expression.arguments.flatMap(selectorsOf);
    case "paren":
      return selectorsOf(expression.inner);
    default:
      return [];
  }
}
