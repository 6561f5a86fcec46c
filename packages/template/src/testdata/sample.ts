// The data and functions under which go-text.json and go-html.json were written by Go 1.26's text/template and html/template.
import { CallError } from "../errors.js";
import { alertmanagerFunctions } from "../functions/alertmanager.js";
import { capitalizeWords, lowerCase, trimSpace, upperCase } from "../functions/strings.js";
import { trusted } from "../html/content.js";
import { durationOf } from "../time/duration.js";
import { timeAt, timeFromMs } from "../time/time.js";
import {
  type FunctionTable,
  type GoType,
  type IntegerValue,
  type ListValue,
  listOf,
  type MapValue,
  mapOf,
  stringMapType,
  stringsOf,
  type StructValue,
  structOf,
  type TemplateFunction,
  type Value,
} from "../value/value.js";

const kvType: GoType = {
  name: "main.KV",
  underlying: "map[string]string",
  zero: "",
  methods: new Map([
    ["Get", { params: ["string"], call: ([kv, key]) => (kv as MapValue).entries.get(key as string) ?? "" }],
  ]),
};

const pairsType: GoType = {
  name: "main.Pairs",
  methods: new Map([
    ["Names", { params: [], call: ([pairs]) => stringsOf((pairs as ListValue).items.map(nameOf) as string[]) }],
  ]),
};

function nameOf(pair: Value): Value {
  return (pair as StructValue).fields.get("Name");
}

function pair(name: string, value: string, type: GoType = { name: "main.Pair" }): StructValue {
  return structOf(type, [
    ["Name", name],
    ["Value", value],
  ]);
}

function failing(message: string): TemplateFunction {
  return {
    params: [],
    call: () => {
      throw new CallError(message);
    },
  };
}

const dataType: GoType = {
  name: "*main.Data",
  isPointer: true,
  methods: new Map<string, TemplateFunction>([
    ["Hello", { params: ["string"], call: ([, name]) => `hello ${name as string}` }],
    ["Fail", failing("failed")],
    ["Sum", { params: [], rest: "int", call: ([, ...terms]) => (terms as bigint[]).reduce((a, b) => a + b, 0n) }],
  ]),
};

const add: TemplateFunction = { params: ["int", "int"], call: ([a, b]) => (a as bigint) + (b as bigint) };

export const sampleData: Value = structOf(dataType, [
  ["Str", "abc"],
  ["Int", 7n],
  ["Float", 1.5],
  ["Bool", true],
  ["Nil", null],
  ["List", stringsOf(["x", "y", "z"])],
  ["Ints", listOf([3n, 1n, 2n], { name: "[]int" })],
  ["Map", mapOf(Object.entries({ b: "2", a: "1" }), stringMapType)],
  [
    "Any",
    mapOf([
      ["s", "t"],
      ["n", null],
      ["i", 3n],
      ["f", 2.5],
      ["l", listOf([1n, "a", null])],
      ["m", mapOf([["k", "v"]])],
    ]),
  ],
  ["Labels", mapOf(Object.entries({ alertname: "X", job: "j" }), kvType)],
  ["Pairs", listOf([pair("a", "b"), pair("c", "d")], pairsType)],
  ["Pair", pair("p", "q", { name: "*main.Pair", isPointer: true })],
  ["Time", timeFromMs(Date.UTC(2024, 1, 3, 4, 5, 6, 789))],
  ["Dur", durationOf(90_000_000_000n)],
  ["Empty", stringsOf([])],
  ["Anys", listOf([1n, "a", null, 2.5])],
  ["Floats", listOf([1, 2.5], { name: "[]float64" })],
  ["Html", `<b a="1">O'Reilly & co</b>`],
  ["Safe", trusted("html", "<i>safe</i>")],
  ["Add", { kind: "function", type: { name: "func(int, int) int" }, function: add }],
]);

function onText(convert: (text: string) => Value): TemplateFunction {
  return { params: ["string"], call: ([text]) => convert(text as string) };
}

function onInteger(convert: (value: bigint) => Value): TemplateFunction {
  return { params: ["int64"], call: ([value]) => convert((value as IntegerValue).value) };
}

const notification = alertmanagerFunctions({ timeMs: 0 });

export const sampleFunctions: FunctionTable = new Map<string, TemplateFunction>([
  ...["date", "tz", "mustToDate", "toJson", "safeUrl"].map(
    (name) => [name, notification.get(name) as TemplateFunction] as const,
  ),
  ["queryUnescape", notification.get("urlUnescape") as TemplateFunction],
  ["b64", notification.get("base64decode") as TemplateFunction],
  ["safeHtml", onText((text) => trusted("html", text))],
  ["toUpper", onText((text) => `${text}!`)],
  ["stitle", onText(capitalizeWords)],
  ["lower", onText(lowerCase)],
  ["upper", onText(upperCase)],
  ["trim", onText(trimSpace)],
  ["unix", onInteger((seconds) => timeAt(seconds * 1_000_000_000n))],
  ["dur", onInteger(durationOf)],
  ["floaty", { params: ["float64"], call: ([value]) => value }],
  ["inty", { params: ["int"], call: ([value]) => value }],
  ["booly", { params: ["bool"], call: ([value]) => value }],
  ["anyf", { params: ["any"], call: ([value]) => value }],
  ["join", { params: ["string", "[]string"], call: ([separator]) => separator }],
  ["fail", failing("no")],
]);
