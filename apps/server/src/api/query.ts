// /api/v1/query, query_range, query_exemplars, format_query, parse_query.
import { labelsToRecord, type Matcher, quote } from "@narthex/model";
import { type Expression, type ParseOptions, parseExpression, prettyPrint } from "@narthex/promql";
import { printFloatApi } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import type { BodyForm, QueryTimes } from "../query/protocol.js";
import type { QueryRunner } from "../query/runner.js";
import { badParameter, named, type Parameters } from "./parameters.js";
import { syntaxTree } from "./parse-query.js";
import { type Answer, ApiError, data, jsonType } from "./respond.js";
import { type ApiRequest, queryRoute, type Route } from "./route.js";

export type QuerySource = {
  readonly runner: QueryRunner;
  readonly tsdb: Tsdb;
  readonly features: ParseOptions;
  /** Whether `stats=all` tells of each step. */
  readonly countsSteps: boolean;
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
    queryRoute("/api/v1/parse_query", ({ parameters }) =>
      data(syntaxTree(expressionFrom(parameters, source.features))),
    ),
  ];
}

async function answerInstant(source: QuerySource, request: ApiRequest): Promise<Answer> {
  const { parameters } = request;
  // A wrong limit is told before a wrong time.
  parameters.limit();
  return answerQuery(source, request, {
    path: "/api/v1/query",
    times: { time: parameters.time("time", source.now()) },
  });
}

async function answerRange(source: QuerySource, request: ApiRequest): Promise<Answer> {
  const { parameters } = request;
  parameters.limit();
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
  return answerQuery(source, request, { path: "/api/v1/query_range", times: { start, end, step } });
}

type Asked = { readonly path: string; readonly times: QueryTimes };

async function answerQuery(source: QuerySource, request: ApiRequest, { path, times }: Asked): Promise<Answer> {
  const { parameters, method, clientAddress: clientIP } = request;
  const timeoutMs = parameters.duration("timeout");
  const lookbackDeltaMs = parameters.duration("lookback_delta");
  const expression = expressionFrom(parameters, source.features);
  const body = await source.runner.body(
    { text: parameters.text("query"), expression, times, origin: { httpRequest: { clientIP, method, path } } },
    { limit: parameters.limit(), ...statsAsked(parameters.text("stats"), source.countsSteps) },
    {
      // Looked at only where the query has to wait for something.
      get signal() {
        return request.signal;
      },
      timeoutMs,
      lookbackDeltaMs,
    },
  );
  return { kind: "result", body, contentType: jsonType };
}

// Whatever else is given counts as "true", for now.
function statsAsked(value: string, countsSteps: boolean): Pick<BodyForm, "stats" | "warnings"> {
  switch (value) {
    case "":
      return { stats: "none" };
    case "true":
      return { stats: "totals" };
    case "all":
      return { stats: countsSteps ? "steps" : "totals" };
    default: {
      const end = 'is deprecated and will be rejected in the next major release, use "true" or "all"';
      return { stats: "totals", warnings: [`value ${quote(value)} for parameter "stats" ${end}`] };
    }
  }
}

/** The parsed `query`; its text goes to the engine, whose annotations point into it. */
export function expressionFrom(parameters: Parameters, features: ParseOptions): Expression {
  return named("query", () => parsed(parameters, features));
}

function parsed(parameters: Parameters, features: ParseOptions): Expression {
  return parseExpression(parameters.text("query"), features);
}

function answerExemplars(source: QuerySource, parameters: Parameters): Answer {
  const { start, end } = parameters.range();
  if (end < start) throw new ApiError("bad_data", "end timestamp must not be before start timestamp");
  const matcherSets = selectorsOf(parsed(parameters, source.features));
  if (matcherSets.length === 0) return { kind: "empty" };
  const found = source.tsdb.exemplars({ start, end }, matcherSets);
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
