// Values of attributes → the text that a label has. Prometheus: what pdata's Value.AsString makes of them.
// Goes to: the decoders beside this.
import { compareUtf8, printFloatG } from "@narthex/stdx";

/** Numbers are doubles. */
export type OtlpValue =
  | string
  | boolean
  | number
  | OtlpInteger
  | Uint8Array
  | null
  | readonly OtlpValue[]
  | ReadonlyMap<string, OtlpValue>;

export type OtlpInteger = { readonly digits: string };

/** Lists in lists. */
export const valueDepthMax = 64;

export function printValue(value: OtlpValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return printDouble(value);
  if (value === null) return "";
  if ("digits" in value) return value.digits;
  if (value instanceof Uint8Array) return base64(value);
  return printJson(value) ?? "";
}

function printDouble(value: number): string {
  return printJsonDouble(value) ?? `json: unsupported value: ${printFloatG(value)}`;
}

/** JavaScript and Go's encoding/json choose the same digits and the same exponents. */
function printJsonDouble(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** As Go's encoding/json: keys sorted, HTML escaped; undefined where something in it has no form in JSON. */
function printJson(value: OtlpValue): string | undefined {
  if (typeof value === "string") return quoteJson(value);
  if (typeof value === "number") return printJsonDouble(value);
  if (value === null) return "null";
  if (value instanceof Uint8Array) return quoteJson(base64(value));
  if (value instanceof Map) {
    const entries = [...value].sort(([a], [b]) => compareUtf8(a, b));
    return joinJson(
      "{}",
      entries.map(([key, inner]) => prefixed(`${quoteJson(key)}:`, printJson(inner))),
    );
  }
  if (Array.isArray(value)) return joinJson("[]", (value as readonly OtlpValue[]).map(printJson));
  return printValue(value);
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : prefix + text;
}

function joinJson(brackets: string, parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : `${brackets[0]}${parts.join(",")}${brackets[1]}`;
}

const escapedInHtml = /[<>&\u2028\u2029]/g;

function quoteJson(text: string): string {
  return JSON.stringify(text).replace(
    escapedInHtml,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
