// /api/v1/series, labels and label/<name>/values: what series and labels there are.
import { unescapeName } from "@narthex/formats";
import { isLabelName, type Querier, quote } from "@narthex/model";
import type { Tsdb } from "@narthex/tsdb";
import { plainSets } from "../query/lookup/lookup.js";
import type { QueryRunner } from "../query/runner.js";
import { type Answer, ApiError, data, jsonType } from "./respond.js";
import { type ApiRequest, queryRoute, type Route, readRoute } from "./route.js";

export type SeriesSourceOfApi = {
  readonly tsdb: Tsdb;
  /** What looks at series is no work for this thread. */
  readonly lookUp: QueryRunner["lookUp"];
};

export function seriesRoutes(source: SeriesSourceOfApi): Route[] {
  return [
    queryRoute("/api/v1/series", (request) => answerSeries(source, request)),
    queryRoute("/api/v1/labels", (request) => answerLabels(source, request, undefined)),
    readRoute("/api/v1/label/:name/values", (request) =>
      answerLabels(source, request, labelNameFrom(request.path["name"] ?? "")),
    ),
  ];
}

function labelNameFrom(text: string): string {
  const name = text.startsWith("U__") ? unescapeName(text) : text;
  if (!isLabelName(name, "utf8")) throw new ApiError("bad_data", `invalid label name: ${quote(name)}`);
  return name;
}

async function answerLabels(
  { tsdb, lookUp }: SeriesSourceOfApi,
  { parameters, signal }: ApiRequest,
  name: string | undefined,
): Promise<Answer> {
  const limit = parameters.limit();
  const range = parameters.range();
  const sets = parameters.matcherSets();
  if (range.end < range.start) return data([]);
  // Without matchers the indexes have the answer ready.
  if (sets.length === 0) return readLabels(tsdb.querier(range), name, limit);
  const body = await lookUp({ kind: "labels", name, sets: plainSets(sets), range, limit }, signal);
  return { kind: "result", body, contentType: jsonType };
}

function readLabels(querier: Querier, name: string | undefined, limit: number): Answer {
  try {
    const query = { matchers: [] };
    const all = name === undefined ? querier.labelNames(query) : querier.labelValues(name, query);
    if (limit === 0 || all.length <= limit) return data(all);
    return data(all.slice(0, limit), ["results truncated due to limit"]);
  } finally {
    querier.close();
  }
}

async function answerSeries({ lookUp }: SeriesSourceOfApi, { parameters, signal }: ApiRequest): Promise<Answer> {
  const sets = parameters.matcherSets();
  if (sets.length === 0) throw new ApiError("bad_data", "no match[] parameter provided");
  const limit = parameters.limit();
  const range = parameters.range();
  if (range.end < range.start) return data([]);
  const body = await lookUp({ kind: "series", sets: plainSets(sets), range, limit }, signal);
  return { kind: "result", body, contentType: jsonType };
}
