// Alertmanager's template functions, for notifications.
import { quote } from "@narthex/model";
import { CallError } from "../errors.js";
import { trusted } from "../html/content.js";
import { durationOf } from "../time/duration.js";
import { formatTime } from "../time/format.js";
import { parseTime } from "../time/parse.js";
import { timeAt, timeFromMs, zeroTime } from "../time/time.js";
import { loadZone, localZone } from "../time/zone.js";
import { printJson } from "../value/json.js";
import {
  type FunctionTable,
  type ListValue,
  listOf,
  mapOf,
  stringsOf,
  type TemplateFunction,
  type TimeValue,
  type Value,
} from "../value/value.js";
import { sharedFunctions } from "./prometheus.js";
import { titleCase, trimSpace } from "./strings.js";

function onText(convert: (text: string) => Value): TemplateFunction {
  return { params: ["string"], call: ([text]) => convert(text as string) };
}

function join([separator, list]: readonly Value[]): string {
  const texts = ((list as ListValue | null)?.items ?? []) as readonly string[];
  return texts.join(separator as string);
}

/** url.QueryUnescape. */
function unescapeQuery(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text);
  if (bad) throw new CallError(`invalid URL escape ${quote(bad[0])}`);
  const bytes = text
    .replaceAll("+", " ")
    .replace(/[^%]+|%../g, (part) => (part.startsWith("%") ? part.slice(1) : Buffer.from(part).toString("hex")));
  return Buffer.from(bytes, "hex").toString("utf8");
}

function decodeBase64(text: string): string {
  const at = text.search(/[^A-Za-z0-9_=-]/);
  const isWhole = /^[A-Za-z0-9_-]*={0,2}$/.test(text) && text.length % 4 === 0;
  if (!isWhole) throw new CallError(`illegal base64 data at input byte ${at < 0 ? text.length : at}`);
  return Buffer.from(text, "base64url").toString("utf8");
}

function encodeBase64(text: string): string {
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

function dictOf(args: readonly Value[]): Value {
  if (args.length % 2 !== 0) throw new CallError("invalid dict call: odd number of arguments");
  const pairs: [string, Value][] = [];
  for (let i = 0; i < args.length; i += 2) {
    const key = args[i];
    if (typeof key !== "string") throw new CallError("dict keys must be strings");
    pairs.push([key, args[i + 1]]);
  }
  return mapOf(pairs);
}

function appendTo([list, ...items]: readonly Value[]): ListValue {
  return listOf([...((list as ListValue | null)?.items ?? []), ...items]);
}

function parseDate(layout: Value, text: Value): TimeValue {
  const { ns, zone } = parseTime(text as string, layout as string, localZone());
  return timeAt(ns, zone);
}

/** As `parseDate`; the zero time for what is no date. */
function parseDateLoosely([layout, text]: readonly Value[]): TimeValue {
  try {
    return parseDate(layout, text);
  } catch {
    return zeroTime();
  }
}

const pureFunctions: readonly (readonly [string, TemplateFunction])[] = [
  ...sharedFunctions,
  ["title", onText(titleCase)],
  ["trimSpace", onText(trimSpace)],
  ["join", { params: ["string", "[]string"], call: join }],
  ["safeUrl", onText((text) => trusted("url", text))],
  ["urlUnescape", onText(unescapeQuery)],
  ["stringSlice", { params: [], rest: "string", call: (args) => stringsOf(args as readonly string[]) }],
  [
    "date",
    { params: ["string", "time.Time"], call: ([layout, time]) => formatTime(time as TimeValue, layout as string) },
  ],
  [
    "tz",
    {
      params: ["string", "time.Time"],
      call: ([name, time]) => timeAt((time as TimeValue).ns, loadZone(name as string)),
    },
  ],
  ["toDate", { params: ["string", "string"], call: parseDateLoosely }],
  ["mustToDate", { params: ["string", "string"], call: ([layout, text]) => parseDate(layout, text) }],
  ["toJson", { params: ["any"], call: ([value]) => printJson(value) }],
  ["base64encode", onText(encodeBase64)],
  ["base64decode", onText(decodeBase64)],
  ["list", { params: [], rest: "any", call: (args) => listOf(args) }],
  ["append", { params: ["[]interface {}"], rest: "any", call: appendTo }],
  ["dict", { params: [], rest: "any", call: dictOf }],
];

export interface AlertmanagerContext {
  readonly timeMs: number;
}

/** The functions that depend on when they are called: given to `execute`, they replace those of the parsed template. */
export function clockFunctions({ timeMs }: AlertmanagerContext): FunctionTable {
  const now = timeFromMs(timeMs);
  return new Map<string, TemplateFunction>([
    ["now", { params: [], call: () => timeAt(now.ns, localZone()) }],
    ["since", { params: ["time.Time"], call: ([time]) => durationOf(now.ns - (time as TimeValue).ns) }],
  ]);
}

export function alertmanagerFunctions(context: AlertmanagerContext): FunctionTable {
  return new Map([...pureFunctions, ...clockFunctions(context)]);
}
