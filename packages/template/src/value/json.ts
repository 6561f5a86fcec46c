// Values as Go's encoding/json writes them, and JSON text's values as values.
import { printFloatApi } from "@narthex/stdx";
import { CallError } from "../errors.js";
import { sortedKeys } from "../format/value.js";
import { printRfc3339 } from "../time/time.js";
import { listOf, mapOf, type TypedValue, typeName, type Value } from "./value.js";

const htmlCharacters: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

const depthMax = 100;

/** Keys sorted, `<`, `>` and `&` escaped. Throws CallError for what JSON has no form for. */
export function printJson(value: Value, depth = 0): string {
  if (depth > depthMax) throw new CallError(`json: nested deeper than ${depthMax} levels`);
  switch (typeof value) {
    case "undefined":
      return "null";
    case "string":
      return printJsonText(value);
    case "number":
      if (!Number.isFinite(value)) throw new CallError(`json: unsupported value: ${printFloatApi(value)}`);
      // encoding/json writes exponents without a leading zero.
      return printFloatApi(value).replace(/e-0(\d)$/, "e-$1");
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return value === null ? "null" : printTypedJson(value, depth + 1);
  }
}

function printJsonText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => htmlCharacters[character] as string);
}

function printTypedJson(value: TypedValue, depth: number): string {
  switch (value.kind) {
    case "text":
      return printJsonText(value.text);
    case "integer":
      return String(value.value);
    case "time":
      return `"${printRfc3339(value)}"`;
    case "list":
      return `[${value.items.map((item) => printJson(item, depth)).join(",")}]`;
    case "map": {
      const pairs = sortedKeys(value.entries).map((key) => [key, value.entries.get(key)] as const);
      return printJsonObject(pairs, depth);
    }
    case "struct": {
      const names = value.type.jsonNames;
      return printJsonObject(
        [...value.fields].map(([name, field]) => [names?.get(name) ?? name, field] as const),
        depth,
      );
    }
    case "function":
      throw new CallError(`json: unsupported type: ${typeName(value)}`);
  }
}

function printJsonObject(pairs: readonly (readonly [string, Value])[], depth: number): string {
  return `{${pairs.map(([name, field]) => `${printJsonText(name)}:${printJson(field, depth)}`).join(",")}}`;
}

/** What JSON.parse yields, as Go decodes into `interface {}`: numbers are floats. */
export function valueFromJson(json: unknown): Value {
  if (json === null || typeof json === "string" || typeof json === "number" || typeof json === "boolean") return json;
  if (Array.isArray(json)) return listOf(json.map(valueFromJson));
  if (typeof json !== "object") return undefined;
  return mapOf(Object.entries(json).map(([key, field]) => [key, valueFromJson(field)] as const));
}
