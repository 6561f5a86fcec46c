// /consoles/…: the user's HTML templates of --web.console.templates, with the libraries of --web.console.libraries.
// Read anew for each request: they are few and small, and a change shows at once.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { labelsToRecord } from "@narthex/model";
import { type Expression, type ParseOptions, parseExpression, printHistogram } from "@narthex/promql";
import { parseConsole, type QuerySample, renderConsole, renderWithQueries, TemplateError } from "@narthex/template";
import type { QueryRunner } from "../query/runner.js";
import { vectorOf } from "../rules/rule.js";
import { type Answer, text } from "./respond.js";
import { type ApiRequest, pageRoute, type Route } from "./route.js";

export type ConsolesSource = {
  readonly runner: QueryRunner;
  readonly language: ParseOptions;
  /** ms. */
  readonly now: () => number;
  readonly templates: string;
  readonly libraries: string;
  readonly externalUrl: string;
  readonly externalLabels: () => Readonly<Record<string, string>>;
};

/** A page's file, and each library. */
export const consoleBytesMax: number = 1024 * 1024;

export function consoleRoutes(source: ConsolesSource): Route[] {
  return [pageRoute("/consoles/*", (request) => answerConsole(source, request))];
}

async function answerConsole(source: ConsolesSource, request: ApiRequest): Promise<Answer> {
  const path = request.path["*"] ?? "";
  const page = readPage(source.templates, path);
  if (page === undefined) return text("404 page not found\n", 404);
  const timeMs = source.now();
  const { externalUrl } = source;
  try {
    const template = parseConsole({ name: `/${path}`, text: page }, librariesOf(source.libraries));
    const data = { params: request.parameters.lists(), path, externalLabels: source.externalLabels() };
    const body = await renderWithQueries(
      (query) => renderConsole(template, data, { query, timeMs, externalUrl }),
      (expression) => query(source, expression, timeMs),
    );
    return { kind: "body", body, contentType: "text/html; charset=utf-8" };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return text(`${error.message}\n`, 500);
  }
}

/** Undefined where there is no such file: no path leads out of the folder. */
function readPage(folder: string, path: string): string | undefined {
  if (path.includes("\0")) return undefined;
  const file = join(folder, normalize(`/${path}`));
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= consoleBytesMax ? readFileSync(file, "utf8") : undefined;
}

function librariesOf(folder: string): { name: string; text: string }[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".lib") && !name.startsWith("."));
  return names.sort().flatMap((name) => {
    const library = readPage(folder, name);
    return library === undefined ? [] : [{ name, text: library }];
  });
}

async function query(source: ConsolesSource, expression: string, time: number): Promise<QuerySample[]> {
  const parsed: Expression = parseExpression(expression, source.language);
  const result = await source.runner.result({ text: expression, expression: parsed, times: { time } });
  return vectorOf(result).map(({ labels, v, h }) => ({
    labels: labelsToRecord(labels),
    value: h ? printHistogram(h) : v,
  }));
}
