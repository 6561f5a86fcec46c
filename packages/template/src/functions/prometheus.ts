// Prometheus' template functions, for alert labels and annotations and for consoles.
import { parseDuration } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import { CallError } from "../errors.js";
import { trusted } from "../html/content.js";
import { durationOf } from "../time/duration.js";
import {
  type FunctionTable,
  type GoType,
  type ListValue,
  listOf,
  type MapValue,
  mapOf,
  type StructValue,
  stringMapType,
  structOf,
  type TemplateFunction,
  type Value,
} from "../value/value.js";
import { escapeQuery } from "./escape.js";
import * as number from "./number.js";
import { isMatch, replaceAll } from "./regex.js";
import { capitalizeWords, lowerCase, stripDomain, stripPort, upperCase } from "./strings.js";

/** One element of a query's answer. A scalar is a sample without labels; a string is an error. */
export interface QuerySample {
  readonly labels: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  readonly value: Value;
}

/** Answers at the time of the evaluation. Throws Error where the expression fails. */
export type QueryFunction = (expression: string) => readonly QuerySample[];

/** What functions see of the evaluation that they run in. */
export interface PrometheusContext {
  readonly query: QueryFunction;
  readonly timeMs: number;
  readonly externalUrl: string;
}

const sampleType: GoType = { name: "*template.sample", isPointer: true };
const resultType: GoType = { name: "template.queryResult", underlying: "[]*template.sample" };

export function stringMapOf(labels: QuerySample["labels"]): MapValue {
  const entries = labels instanceof Map ? labels : Object.entries(labels);
  return mapOf(entries as Iterable<readonly [string, string]>, stringMapType);
}

function sampleOf({ labels, value }: QuerySample): StructValue {
  return structOf(sampleType, [
    ["Labels", stringMapOf(labels)],
    ["Value", value],
  ]);
}

function fieldOf(sample: Value, name: "Labels" | "Value"): Value {
  if (sample === null || sample === undefined) throw new CallError("nil pointer dereference");
  return (sample as StructValue).fields.get(name);
}

function labelOf(sample: Value, name: string): string {
  return ((fieldOf(sample, "Labels") as MapValue).entries.get(name) as string | undefined) ?? "";
}

function firstOf(result: Value): Value {
  const first = (result as ListValue | null)?.items[0];
  if (first === undefined) throw new CallError("first() called on vector with no elements");
  return first;
}

function sortByLabel(name: string, result: ListValue): ListValue {
  const items = [...result.items].sort((a, b) => compareUtf8(labelOf(a, name), labelOf(b, name)));
  return { ...result, items };
}

function onText(convert: (text: string) => Value): TemplateFunction {
  return { params: ["string"], call: ([text]) => convert(text as string) };
}

function onNumber(convert: (value: number) => Value): TemplateFunction {
  return { params: ["any"], call: ([value]) => convert(number.numberFrom(value)) };
}

export const sharedFunctions: readonly (readonly [string, TemplateFunction])[] = [
  ["toUpper", onText(upperCase)],
  ["toLower", onText(lowerCase)],
  ["safeHtml", onText((text) => trusted("html", text))],
  ["match", { params: ["string", "string"], call: ([pattern, text]) => isMatch(pattern as string, text as string) }],
  [
    "reReplaceAll",
    {
      params: ["string", "string", "string"],
      call: ([pattern, replacement, text]) =>
        replaceAll(text as string, { pattern: pattern as string, replacement: replacement as string }),
    },
  ],
  ["humanizeDuration", onNumber(number.humanizeDuration)],
];

const pureFunctions: readonly (readonly [string, TemplateFunction])[] = [
  ...sharedFunctions,
  ["title", onText(capitalizeWords)],
  ["stripPort", onText(stripPort)],
  ["stripDomain", onText(stripDomain)],
  ["urlQueryEscape", onText(escapeQuery)],
  ["graphLink", onText((expression) => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=0`)],
  ["tableLink", onText((expression) => `/graph?g0.expr=${escapeQuery(expression)}&g0.tab=1`)],
  ["parseDuration", onText((text) => parseDuration(text) / 1000)],
  ["humanize", onNumber(number.humanize)],
  ["humanize1024", onNumber(number.humanize1024)],
  ["humanizePercentage", onNumber(number.humanizePercentage)],
  ["humanizeTimestamp", onNumber(number.humanizeTimestamp)],
  ["toTime", onNumber(number.timeFromSeconds)],
  ["toDuration", onNumber((seconds) => durationOf(number.nanosecondsFrom(seconds, "duration")))],
  ["args", { params: [], rest: "any", call: (args) => mapOf(args.map((arg, i) => [`arg${i}`, arg])) }],
  ["first", { params: [resultType.name], call: ([result]) => firstOf(result) }],
  ["label", { params: ["string", sampleType.name], call: ([name, sample]) => labelOf(sample, name as string) }],
  ["value", { params: [sampleType.name], call: ([sample]) => fieldOf(sample, "Value") }],
  ["strvalue", { params: [sampleType.name], call: ([sample]) => labelOf(sample, "__value__") }],
  [
    "sortByLabel",
    {
      params: ["string", resultType.name],
      call: ([name, result]) => sortByLabel(name as string, (result ?? listOf([], resultType)) as ListValue),
    },
  ],
];

/** Only consoles have it: executes the template of a computed name. */
export const tmplFunction: TemplateFunction = {
  params: ["string", "any"],
  call: ([name, data], scope) => trusted("html", scope.execute(name as string, data)),
};

/** The functions that depend on the evaluation: given to `execute`, they replace those of the parsed template. */
export function contextFunctions(context: PrometheusContext): FunctionTable {
  const { query, timeMs, externalUrl } = context;
  return new Map<string, TemplateFunction>([
    ["query", onText((expression) => listOf(query(expression).map(sampleOf), resultType))],
    ["now", { params: [], call: () => timeMs / 1000 }],
    ["externalURL", { params: [], call: () => externalUrl }],
    ["pathPrefix", { params: [], call: () => pathOf(externalUrl) }],
  ]);
}

function pathOf(url: string): string {
  return /^[a-zA-Z][\w+.-]*:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
}

export function prometheusFunctions(context: PrometheusContext): FunctionTable {
  return new Map([...pureFunctions, ...contextFunctions(context)]);
}
