// Console pages: HTML templates of the user with Prometheus' functions, over a folder of shared libraries.
// Comes from: api/consoles, the path's file and the request. Goes to: the response's body.
import type { TemplateLimits } from "../exec/limits.js";
import {
  contextFunctions,
  type PrometheusContext,
  prometheusFunctions,
  type QuerySample,
  stringMapOf,
  tmplFunction,
} from "../functions/prometheus.js";
import type { TemplateFile } from "../notification/render.js";
import { execute, extendTemplate, parseTemplate, type Template } from "../template.js";
import { type GoType, listOf, mapOf, stringsOf, structOf, type Value } from "../value/value.js";

const prelude =
  "{{$rawParams := .RawParams }}{{$params := .Params}}{{$path := .Path}}{{$externalLabels := .ExternalLabels}}";

const valuesType: GoType = {
  name: "url.Values",
  underlying: "map[string][]string",
  zero: listOf([], { name: "[]string" }),
};
const dataType: GoType = {
  name: "struct { RawParams url.Values; Params map[string]string; Path string; ExternalLabels map[string]string }",
};

export interface ConsoleData {
  readonly params: ReadonlyMap<string, readonly string[]>;
  readonly path: string;
  readonly externalLabels: QuerySample["labels"];
}

const idle: PrometheusContext = { query: () => [], timeMs: 0, externalUrl: "" };
const parseFunctions = new Map([...prometheusFunctions(idle), ["tmpl", tmplFunction] as const]);

/** Throws TemplateError. */
export function parseConsole(page: TemplateFile, libraries: readonly TemplateFile[]): Template {
  const name = `__console_${page.name}`;
  const options = { functions: parseFunctions, html: true, missingKey: "zero" } as const;
  const template = parseTemplate(name, prelude + page.text, options);
  const extended = libraries.reduce((set, library) => extendTemplate(set, library.name, library.text), template);
  return { ...extended, name };
}

export interface ConsoleOptions extends PrometheusContext {
  readonly limits?: Partial<TemplateLimits>;
}

/** Throws TemplateError; with queries that take time, call it by `renderWithQueries`. */
export function renderConsole(template: Template, data: ConsoleData, options: ConsoleOptions): string {
  return execute(template, consoleValue(data), {
    functions: contextFunctions(options),
    ...(options.limits ? { limits: options.limits } : {}),
  });
}

function consoleValue({ params, path, externalLabels }: ConsoleData): Value {
  const firsts = new Map([...params].map(([name, values]) => [name, values[0] ?? ""] as const));
  return structOf(dataType, [
    [
      "RawParams",
      mapOf(
        [...params].map(([name, values]) => [name, stringsOf(values)] as const),
        valuesType,
      ),
    ],
    ["Params", stringMapOf(firsts)],
    ["Path", path],
    ["ExternalLabels", stringMapOf(externalLabels)],
  ]);
}
