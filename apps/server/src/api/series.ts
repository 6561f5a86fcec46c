// /api/v1/series, labels and label/<name>/values: what series and labels there are.
import { JsonWriter, unescapeName } from "@narthex/formats";
import { isLabelName, quote } from "@narthex/model";
import { pauses, type TimeRange, type Tsdb } from "@narthex/tsdb";
import { cutWarning, writeTexts } from "../query/answer.js";
import { plainSets } from "../query/lookup/lookup.js";
import type { QueryRunner } from "../query/runner.js";
import type { Remotes } from "../remote/read/remotes.js";
import { named } from "./parameters.js";
import { type Answer, ApiError, data, jsonType } from "./respond.js";
import { type ApiRequest, queryRoute, type Route, readRoute } from "./route.js";

export type SeriesSourceOfApi = {
  readonly tsdb: Tsdb;
  /** What looks at series is no work for this thread. */
  readonly lookUp: QueryRunner["lookUp"];
  readonly remotes: Pick<Remotes, "isWanted">;
};

const textsPerStep = 256;

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
  { tsdb, lookUp, remotes }: SeriesSourceOfApi,
  { parameters, signal }: ApiRequest,
  name: string | undefined,
): Promise<Answer> {
  const limit = parameters.limit();
  const range = parameters.range();
  const sets = parameters.matcherSets();
  if (range.end < range.start) return data([]);
  // Remote read knows no such question. Prometheus: storage/remote/read.go LabelValues, whose text this is.
  const warnings = remotes.isWanted(range) ? ["not implemented"] : [];
  // Without matchers the indexes have the answer ready.
  if (sets.length === 0) return listTexts(await readLabels(tsdb, { name, range, signal }), { limit, warnings });
  const body = await lookUp({ kind: "labels", name, sets: plainSets(sets), range, limit, warnings }, signal);
  return { kind: "result", body, contentType: jsonType };
}

type ReadLabels = Pick<ApiRequest, "signal"> & { readonly name: string | undefined; readonly range: TimeRange };

function readLabels(tsdb: Tsdb, { name, range, signal }: ReadLabels): string[] | Promise<string[]> {
  if (name !== undefined) return tsdb.labelValues(name, range, signal);
  const querier = tsdb.querier(range);
  try {
    return querier.labelNames({ matchers: [] });
  } finally {
    querier.close();
  }
}

async function listTexts(
  all: readonly string[],
  { limit, warnings }: { readonly limit: number; readonly warnings: readonly string[] },
): Promise<Answer> {
  const pause = pauses();
  const isCut = limit > 0 && all.length > limit;
  const writer = new JsonWriter();
  writer.raw('{"status":"success","data":[');
  for (const [i, text] of (isCut ? all.slice(0, limit) : all).entries()) {
    if (i > 0) writer.raw(",");
    writer.string(text);
    if (i % textsPerStep === 0) await pause();
  }
  writer.raw("]");
  writeTexts(writer, "warnings", [...warnings, ...(isCut ? [cutWarning] : [])]);
  writer.raw("}");
  return { kind: "body", body: writer.bytes(), contentType: jsonType };
}

async function answerSeries({ lookUp }: SeriesSourceOfApi, { parameters, signal }: ApiRequest): Promise<Answer> {
  const sets = named("match[]", () => parameters.matcherSets());
  if (sets.length === 0) throw new ApiError("bad_data", "no match[] parameter provided");
  const limit = parameters.limit();
  const range = parameters.range();
  if (range.end < range.start) return data([]);
  const body = await lookUp({ kind: "series", sets: plainSets(sets), range, limit }, signal);
  return { kind: "result", body, contentType: jsonType };
}
