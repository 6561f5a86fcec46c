// /api/v1/series, labels and label/<name>/values: what series and labels there are.
import { JsonWriter, unescapeName, writeLabels } from "@narthex/formats";
import { compareLabels, isLabelName, type Labels, labelsKey, type Matcher, type Querier, quote } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import type { Parameters } from "./parameters.js";
import { type Answer, ApiError, data, jsonType } from "./respond.js";
import { queryRoute, type Route, readRoute } from "./route.js";

export type SeriesSourceOfApi = { readonly tsdb: Tsdb };

const truncated = "results truncated due to limit";

export function seriesRoutes({ tsdb }: SeriesSourceOfApi): Route[] {
  return [
    queryRoute("/api/v1/series", ({ parameters }) => answerSeries(tsdb, parameters)),
    queryRoute("/api/v1/labels", ({ parameters }) =>
      answerTexts(tsdb, parameters, (querier, matchers) => querier.labelNames({ matchers })),
    ),
    readRoute("/api/v1/label/:name/values", ({ parameters, path }) => {
      const name = labelNameFrom(path["name"] ?? "");
      return answerTexts(tsdb, parameters, (querier, matchers) => querier.labelValues(name, { matchers }));
    }),
  ];
}

function labelNameFrom(text: string): string {
  const name = text.startsWith("U__") ? unescapeName(text) : text;
  if (!isLabelName(name, "utf8")) throw new ApiError("bad_data", `invalid label name: ${quote(name)}`);
  return name;
}

function answerTexts(
  tsdb: Tsdb,
  parameters: Parameters,
  select: (querier: Querier, matchers: readonly Matcher[]) => string[],
): Answer {
  const limit = parameters.limit();
  const range = parameters.range();
  const sets = parameters.matcherSets();
  if (range.end < range.start) return data([]);
  const querier = tsdb.querier(range);
  try {
    const lists = (sets.length > 0 ? sets : [[]]).map((matchers) => select(querier, matchers));
    const all = lists.length === 1 ? (lists[0] as string[]) : [...new Set(lists.flat())].sort(compareUtf8);
    if (limit === 0 || all.length <= limit) return data(all);
    return data(all.slice(0, limit), [truncated]);
  } finally {
    querier.close();
  }
}

function answerSeries(tsdb: Tsdb, parameters: Parameters): Answer {
  const sets = parameters.matcherSets();
  if (sets.length === 0) throw new ApiError("bad_data", "no match[] parameter provided");
  const limit = parameters.limit();
  const range = parameters.range();
  if (range.end < range.start) return data([]);
  const querier = tsdb.querier(range);
  try {
    // One more than asked for tells whether something was left out.
    const selection = { ...range, sorted: true, limit: limit === 0 ? 0 : limit + 1 };
    const found = sets.map((matchers) => querier.select({ ...selection, matchers }).map(({ labels }) => labels));
    return seriesAnswer(found.length === 1 ? (found[0] as Labels[]) : distinct(found.flat()), limit);
  } finally {
    querier.close();
  }
}

function distinct(series: readonly Labels[]): Labels[] {
  const unique = new Map(series.map((labels) => [labelsKey(labels), labels]));
  return [...unique.values()].sort(compareLabels);
}

function seriesAnswer(series: readonly Labels[], limit: number): Answer {
  const isCut = limit > 0 && series.length > limit;
  const shown = isCut ? series.slice(0, limit) : series;
  const writer = new JsonWriter();
  writer.raw('{"status":"success","data":[');
  shown.forEach((labels, i) => {
    if (i > 0) writer.raw(",");
    writeLabels(writer, labels);
  });
  writer.raw(isCut ? `],"warnings":["${truncated}"]}` : "]}");
  return { kind: "body", body: writer.bytes(), contentType: jsonType };
}
