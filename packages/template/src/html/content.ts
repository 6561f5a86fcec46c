// Content that html/template does not escape again: text whose author vouches for its kind.
import type { GoType, TextValue, Value } from "../value/value.js";

export type ContentKind = "css" | "html" | "htmlAttribute" | "js" | "jsString" | "srcset" | "url";

const contentTypes: Readonly<Record<ContentKind, GoType>> = {
  css: { name: "template.CSS" },
  html: { name: "template.HTML" },
  htmlAttribute: { name: "template.HTMLAttr" },
  js: { name: "template.JS" },
  jsString: { name: "template.JSStr" },
  srcset: { name: "template.Srcset" },
  url: { name: "template.URL" },
};

export function trusted(kind: ContentKind, text: string): TextValue {
  return { kind: "text", type: contentTypes[kind], text };
}

/** Whether `value` is content of that kind. */
export function isTrusted(value: Value, kind: ContentKind): value is TextValue {
  return typeof value === "object" && value !== null && value.kind === "text" && value.type === contentTypes[kind];
}
