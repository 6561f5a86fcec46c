// Makes values safe for the context in which they stand. html/escape-tree puts these at the end of pipelines.
// The names are Go's, since errors show them.
import { printFloatApi } from "@narthex/stdx";
import { sprint } from "../format/printf.js";
import { dereferenced } from "../format/value.js";
import { printJson } from "../value/json.js";
import type { FunctionTable, TemplateFunction, Value } from "../value/value.js";
import { attributeKind } from "./attributes.js";
import { type ContentKind, isTrusted } from "./content.js";
import { decodeCss } from "./style.js";

/** What stands in the output where a value was refused, to be found by a search. */
const refused = "ZgotmplZ";

interface Content {
  readonly text: string;
  /** Content that its author vouches for. */
  readonly kind: ContentKind | undefined;
}

const contentKinds: readonly ContentKind[] = ["css", "html", "htmlAttribute", "js", "jsString", "srcset", "url"];

function contentOf(args: readonly Value[]): Content {
  const [first] = args;
  if (args.length === 1) {
    const kind = contentKinds.find((candidate) => isTrusted(first, candidate));
    if (kind) return { text: (first as { text: string }).text, kind };
  }
  // Nil is left out, where text/template prints it.
  const shown = args.filter((arg) => arg !== null && arg !== undefined).map(dereferenced);
  return { text: sprint(shown), kind: undefined };
}

function replaceBy(table: Readonly<Record<string, string>>, text: string): string {
  let result = "";
  for (const character of text) result += Object.hasOwn(table, character) ? table[character] : character;
  return result;
}

const quotedTable: Readonly<Record<string, string>> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "&": "&amp;",
  "'": "&#39;",
  "+": "&#43;",
  "<": "&lt;",
  ">": "&gt;",
};

const unquotedTable: Readonly<Record<string, string>> = {
  ...quotedTable,
  "\0": "&#xfffd;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\v": "&#11;",
  "\f": "&#12;",
  "\r": "&#13;",
  " ": "&#32;",
  "=": "&#61;",
  "`": "&#96;",
};

/** Content that is HTML keeps its entities. */
function withoutAmpersand(table: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { "&": _, ...others } = table;
  return others;
}

const quotedNormTable = withoutAmpersand(quotedTable);
const unquotedNormTable = withoutAmpersand(unquotedTable);

function escapeElementText({ text, kind }: Content): string {
  return kind === "html" ? text : replaceBy(quotedTable, text);
}

function escapeRcdata({ text, kind }: Content): string {
  return replaceBy(kind === "html" ? quotedNormTable : quotedTable, text);
}

function escapeAttribute({ text, kind }: Content): string {
  return kind === "html" ? replaceBy(quotedNormTable, stripTags(text)) : replaceBy(quotedTable, text);
}

function escapeUnquotedAttribute({ text, kind }: Content): string {
  const escaped = kind === "html" ? replaceBy(unquotedNormTable, stripTags(text)) : replaceBy(unquotedTable, text);
  return escaped === "" ? refused : escaped;
}

function stripTags(html: string): string {
  return html.replace(/<!--[\s\S]*?(?:-->|$)/g, "").replace(/<\/?[a-zA-Z](?:[^>"']|"[^"]*"|'[^']*')*(?:>|$)/g, "");
}

function filterName({ text, kind }: Content): string {
  if (kind === "htmlAttribute") return text;
  const name = text.toLowerCase();
  return attributeKind(name) === "plain" && /^[\p{L}\p{N}]+$/u.test(name) ? name : refused;
}

function isSafeUrl(url: string): boolean {
  const colon = url.indexOf(":");
  if (colon < 0 || url.slice(0, colon).includes("/")) return true;
  return /^(?:https?|mailto)$/i.test(url.slice(0, colon));
}

function filterUrl({ text, kind }: Content): string {
  return kind === "url" || isSafeUrl(text) ? text : `#${refused}`;
}

/** Bytes as %xx. A normalised URL keeps what has a meaning in URLs. */
function encodeUrl(text: string, keepsReserved: boolean): string {
  const kept = keepsReserved ? /^[\w.~!#$&*+,/:;=?@[\]-]$/ : /^[\w.~-]$/;
  let result = "";
  for (const match of text.matchAll(/%[0-9a-fA-F]{2}|[\s\S]/gu)) {
    const [part] = match;
    const isEscape = part.length === 3 && part.startsWith("%");
    if (isEscape && keepsReserved) result += part;
    else for (const character of part) result += kept.test(character) ? character : percentEncode(character);
  }
  return result;
}

function percentEncode(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

function filterSrcset({ text, kind }: Content): string {
  if (kind === "srcset") return text;
  if (kind === "url") return encodeUrl(text, true).replaceAll(",", "%2c");
  return text.split(",").map(filterSrcsetPart).join(",");
}

function filterSrcsetPart(part: string): string {
  const [, before = "", url = "", rest = ""] = /^([\t\n\f\r ]*)([^\t\n\f\r ]*)([\s\S]*)$/.exec(part) ?? [];
  if (!isSafeUrl(url) || !/^[\w\t\n\f\r .]*$/.test(rest)) return `#${refused}`;
  return before + encodeUrl(url, true) + rest;
}

function escapeScriptValue(args: readonly Value[]): string {
  const [first] = args;
  if (args.length === 1 && isTrusted(first, "js")) return first.text;
  if (args.length === 1 && isTrusted(first, "jsString")) return `"${first.text}"`;
  const json = scriptJson(args.length === 1 ? first : sprint(args));
  // A word or number must not run into what stands beside it.
  return /^[\w$]|[\w$]$/.test(json) ? ` ${json} ` : json;
}

function scriptJson(value: Value): string {
  const isPrinted = typeof value === "object" && value !== null && value.kind !== "time" && value.type.print;
  if (isPrinted) return printJson(value.type.print?.(value));
  if (typeof value === "number" && !Number.isFinite(value)) {
    return ` /* json: unsupported value: ${printFloatApi(value)} */null `;
  }
  return printJson(value);
}

const controlEntries = Array.from({ length: 32 }, (_, code) => [
  String.fromCharCode(code),
  `\\u00${code.toString(16).padStart(2, "0")}`,
]);

const scriptTable: Readonly<Record<string, string>> = {
  ...(Object.fromEntries(controlEntries) as Record<string, string>),
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': "\\u0022",
  "`": "\\u0060",
  "&": "\\u0026",
  "'": "\\u0027",
  "+": "\\u002b",
  "/": "\\/",
  "<": "\\u003c",
  ">": "\\u003e",
  "\\": "\\\\",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

const { "\\": _backslash, ...scriptNormTable } = scriptTable;

function escapeScriptString({ text, kind }: Content): string {
  return replaceBy(kind === "jsString" ? scriptNormTable : scriptTable, text);
}

function escapeTemplateLiteral(content: Content): string {
  return escapeScriptString(content).replace(/[${}]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

function escapeScriptRegexp(content: Content): string {
  const escaped = escapeScriptString(content).replace(/[$()*.?[\]^{|}-]/g, "\\$&");
  return escaped === "" ? "(?:)" : escaped;
}

const cssTable: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\t": "\\9",
  "\n": "\\a",
  "\f": "\\c",
  "\r": "\\d",
  '"': "\\22",
  "&": "\\26",
  "'": "\\27",
  "(": "\\28",
  ")": "\\29",
  "+": "\\2b",
  "/": "\\2f",
  ":": "\\3a",
  ";": "\\3b",
  "<": "\\3c",
  ">": "\\3e",
  "{": "\\7b",
  "}": "\\7d",
};

function escapeCss({ text }: Content): string {
  return text.replace(/[\0\t\n\f\r"&'()+/:;<>{}\\]/g, (character, at: number) => {
    if (character === "\\") return "\\\\";
    const following = text[at + 1];
    // A space parts the code from a digit after it.
    const needsSpace = following === undefined || /[0-9a-fA-F\t\n\f\r ]/.test(following);
    return cssTable[character] + (needsSpace ? " " : "");
  });
}

function filterCss({ text, kind }: Content): string {
  if (kind === "css") return text;
  const decoded = decodeCss(text);
  if (/[\0"'()/;@[\\\]`{}<>]|--/.test(decoded)) return refused;
  const words = decoded
    .replace(/[^\w-]/g, "")
    .replaceAll("-", "")
    .toLowerCase();
  return /expression|mozbinding/.test(words) ? refused : decoded;
}

function onContent(convert: (content: Content) => string): TemplateFunction {
  return { params: [], rest: "any", call: (args) => convert(contentOf(args)) };
}

export type EscaperName =
  | "_eval_args_"
  | "_html_template_attrescaper"
  | "_html_template_commentescaper"
  | "_html_template_cssescaper"
  | "_html_template_cssvaluefilter"
  | "_html_template_htmlnamefilter"
  | "_html_template_htmlescaper"
  | "_html_template_jsregexpescaper"
  | "_html_template_jsstrescaper"
  | "_html_template_jstmpllitescaper"
  | "_html_template_jsvalescaper"
  | "_html_template_nospaceescaper"
  | "_html_template_rcdataescaper"
  | "_html_template_srcsetescaper"
  | "_html_template_urlescaper"
  | "_html_template_urlfilter"
  | "_html_template_urlnormalizer";

const escapers: Readonly<Record<EscaperName, TemplateFunction>> = {
  _eval_args_: { params: [], rest: "any", call: sprint },
  _html_template_attrescaper: onContent(escapeAttribute),
  _html_template_commentescaper: onContent(() => ""),
  _html_template_cssescaper: onContent(escapeCss),
  _html_template_cssvaluefilter: onContent(filterCss),
  _html_template_htmlnamefilter: onContent(filterName),
  _html_template_htmlescaper: onContent(escapeElementText),
  _html_template_jsregexpescaper: onContent(escapeScriptRegexp),
  _html_template_jsstrescaper: onContent(escapeScriptString),
  _html_template_jstmpllitescaper: onContent(escapeTemplateLiteral),
  _html_template_jsvalescaper: { params: [], rest: "any", call: escapeScriptValue },
  _html_template_nospaceescaper: onContent(escapeUnquotedAttribute),
  _html_template_rcdataescaper: onContent(escapeRcdata),
  _html_template_srcsetescaper: onContent(filterSrcset),
  _html_template_urlescaper: onContent(({ text, kind }) => encodeUrl(text, kind === "url")),
  _html_template_urlfilter: onContent(filterUrl),
  _html_template_urlnormalizer: onContent(({ text }) => encodeUrl(text, true)),
};

export const escaperFunctions: FunctionTable = new Map(Object.entries(escapers));
