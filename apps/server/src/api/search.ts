// /api/v1/search/metric_names, label_names and label_values: names that answer to search terms, as lines of JSON, with
// --enable-feature=search-api.
import { type Metadata, metricNameLabel } from "@narthex/model";
import { compareUtf8, decodeUtf8 } from "@narthex/stdx";
import type { Tsdb } from "@narthex/tsdb";
import { plainSets } from "../query/lookup/lookup.js";
import { wholeBody } from "../query/runner.js";
import { type FuzzyAlgorithm, fuzzyScores } from "./fuzzy.js";
import { badParameter, named, type Parameters } from "./parameters.js";
import { type Answer, ApiError } from "./respond.js";
import { type ApiRequest, queryRoute, type Route } from "./route.js";
import type { SeriesSourceOfApi } from "./series.js";

export type SearchSource = {
  readonly tsdb: Tsdb;
  readonly lookUp: SeriesSourceOfApi["lookUp"];
  /** --web.search.max-limit */
  readonly limitMax: number;
  /** By metric. */
  readonly metadata: () => ReadonlyMap<string, readonly Metadata[]>;
};

const limitInitial = 100;

type Kind = {
  /** Field of a result. */
  readonly field: "name" | "value";
  /** Whose values are looked through; undefined for the names of labels. */
  readonly label: (parameters: Parameters) => string | undefined;
};

const kinds: Readonly<Record<string, Kind>> = {
  metric_names: { field: "name", label: () => metricNameLabel },
  label_names: { field: "name", label: () => undefined },
  label_values: { field: "value", label: (parameters) => parameters.text("label") },
};

export function searchRoutes(source: SearchSource): Route[] {
  return Object.entries(kinds).map(([name, kind]) =>
    queryRoute(`/api/v1/search/${name}`, (request) => {
      const { parameters } = request;
      if (name === "label_values" && !parameters.has("label")) throw badParameter("label", "it is missing");
      return answerSearch(source, kind, request);
    }),
  );
}

/** Below /api/v1/. */
export const searchPaths: readonly string[] = Object.keys(kinds).map((name) => `search/${name}`);

/** Without --enable-feature=search-api. */
export function disabledSearchRoutes(): Route[] {
  return searchPaths.map((path) =>
    queryRoute(`/api/v1/${path}`, () => {
      throw new ApiError("unavailable", "search API is not enabled: --enable-feature=search-api");
    }),
  );
}

async function answerSearch(source: SearchSource, kind: Kind, request: ApiRequest): Promise<Answer> {
  const { parameters } = request;
  const options = optionsFrom(parameters, source.limitMax);
  const sorted = sortFound(search(await namesOf(source, kind, request), options), options);
  const shown = sorted.slice(0, options.limit);
  const metadata = parameters.boolean("include_metadata") ? source.metadata() : undefined;
  const results = shown.map(({ name, score }) => ({
    [kind.field]: name,
    ...(options.hasScore && score !== undefined ? { score } : {}),
    ...printMetadata(metadata?.get(name)?.[0]),
  }));
  const lines: object[] = [];
  for (let i = 0; i < results.length; i += options.batchSize) {
    lines.push({ results: results.slice(i, i + options.batchSize) });
  }
  lines.push({ status: "success", has_more: sorted.length > shown.length });
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return { kind: "body", body, contentType: "application/x-ndjson" };
}

function printMetadata(metadata: Metadata | undefined): object {
  if (!metadata) return {};
  const { type, help, unit } = metadata;
  return { type, help, ...(unit === "" ? {} : { unit }) };
}

type SearchOptions = {
  readonly terms: readonly string[];
  readonly isCaseSensitive: boolean;
  readonly algorithm: FuzzyAlgorithm;
  /** 0 to 1. */
  readonly threshold: number;
  readonly sortBy: "" | "alpha" | "score";
  readonly isDescending: boolean;
  readonly hasScore: boolean;
  readonly limit: number;
  readonly batchSize: number;
};

function optionsFrom(parameters: Parameters, limitMax: number): SearchOptions {
  const choice = <T extends string>(name: string, choices: readonly T[], initial: T): T => {
    const source = parameters.text(name);
    if (source === "") return initial;
    const found = choices.find((one) => one === source);
    if (found === undefined) throw badParameter(name, `${source} is none of ${choices.filter(Boolean).join(", ")}`);
    return found;
  };
  const threshold = parameters.limit("fuzz_threshold");
  if (threshold > 100) throw badParameter("fuzz_threshold", "it must be between 0 and 100");
  const sortBy = choice("sort_by", ["", "alpha", "score"], "");
  if (parameters.has("sort_dir") && sortBy !== "alpha") throw badParameter("sort_dir", "it needs sort_by=alpha");
  const limit = positive(parameters, "limit");
  if (limit > limitMax) throw badParameter("limit", `limit must not exceed ${limitMax}`);
  const terms = parameters.texts("search[]").filter((term) => term !== "");
  return {
    terms,
    isCaseSensitive: !parameters.has("case_sensitive") || parameters.boolean("case_sensitive"),
    algorithm: choice("fuzz_alg", ["subsequence", "jarowinkler"], "subsequence"),
    threshold: threshold / 100,
    sortBy,
    isDescending: choice("sort_dir", ["asc", "dsc"], "asc") === "dsc",
    hasScore: parameters.boolean("include_score"),
    limit,
    batchSize: positive(parameters, "batch_size"),
  };
}

function positive(parameters: Parameters, name: string): number {
  if (!parameters.has(name)) return limitInitial;
  const value = parameters.limit(name);
  if (value < 1) throw badParameter(name, "it must be at least 1");
  return value;
}

async function namesOf(source: SearchSource, kind: Kind, { parameters, signal }: ApiRequest): Promise<string[]> {
  const range = parameters.range();
  const sets = named("match[]", () => parameters.matcherSets());
  const name = kind.label(parameters);
  if (range.end < range.start) return [];
  if (sets.length > 0) {
    const body = await source.lookUp({ kind: "labels", name, sets: plainSets(sets), range, limit: 0 }, signal);
    return (JSON.parse(decodeUtf8(await wholeBody(body))) as { readonly data: string[] }).data;
  }
  // Without matchers the indexes have the answer ready.
  const querier = source.tsdb.querier(range);
  try {
    return name === undefined ? querier.labelNames({ matchers: [] }) : querier.labelValues(name, { matchers: [] });
  } finally {
    querier.close();
  }
}

/** `score` is undefined where nothing was searched for. */
type Found = { readonly name: string; readonly score: number | undefined };

function search(names: readonly string[], { terms, isCaseSensitive, algorithm, threshold }: SearchOptions): Found[] {
  if (terms.length === 0) return names.map((name) => ({ name, score: undefined }));
  const folded = (text: string): string => (isCaseSensitive ? text : text.toLowerCase());
  const wanted = terms.map(folded);
  const scoreOf = fuzzyScores[algorithm];
  return names.flatMap((name) => {
    const score = Math.max(...wanted.map((term) => scoreOf(term, folded(name))));
    return score > 0 && score >= threshold ? [{ name, score }] : [];
  });
}

function sortFound(found: Found[], { sortBy, isDescending }: SearchOptions): Found[] {
  if (sortBy === "score") return found.sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || compareUtf8(a.name, b.name));
  if (sortBy === "") return found;
  const sign = isDescending ? -1 : 1;
  return found.sort((a, b) => sign * compareUtf8(a.name, b.name));
}
