import type { Attribute } from "./context.js";

type AttributeKind = "plain" | "url" | "style" | "script" | "srcset" | "html" | "unsafe";

function kindsOf(kind: AttributeKind, names: string): [string, AttributeKind][] {
  return names.split(" ").map((name) => [name, kind]);
}

const knownKinds: ReadonlyMap<string, AttributeKind> = new Map([
  ...kindsOf("url", "action archive background cite classid codebase data formaction href icon longdesc manifest"),
  ...kindsOf("url", "poster profile src usemap"),
  ...kindsOf("style", "style"),
  ...kindsOf("srcset", "srcset"),
  ...kindsOf("html", "srcdoc"),
  // Their values change what a page does; no name from a value may be one of them.
  ...kindsOf("unsafe", "accept-charset async challenge charset content crossorigin defer enctype form formenctype"),
  ...kindsOf("unsafe", "formmethod formnovalidate http-equiv keytype language method novalidate pattern"),
  ...kindsOf("unsafe", "radiogroup rel sandbox type value"),
]);

/** What language the value of an attribute is in. */
export function attributeKind(name: string): AttributeKind {
  let plain = name;
  if (name.startsWith("data-")) plain = name.slice(5);
  else if (name.includes(":")) {
    if (name.startsWith("xmlns:")) return "url";
    plain = name.slice(name.indexOf(":") + 1);
  }
  const known = knownKinds.get(plain);
  if (known) return known;
  if (plain.startsWith("on")) return "script";
  return /src|uri|url/.test(plain) ? "url" : "plain";
}

export function attributeOf(name: string): Attribute {
  const kind = attributeKind(name);
  return kind === "url" || kind === "style" || kind === "script" || kind === "srcset" ? kind : "none";
}

const scriptTypes: ReadonlySet<string> = new Set([
  "",
  "module",
  "application/ecmascript",
  "application/javascript",
  "application/json",
  "application/ld+json",
  "application/x-ecmascript",
  "application/x-javascript",
  "text/ecmascript",
  "text/javascript",
  "text/javascript1.0",
  "text/javascript1.1",
  "text/javascript1.2",
  "text/javascript1.3",
  "text/javascript1.4",
  "text/javascript1.5",
  "text/jscript",
  "text/livescript",
  "text/x-ecmascript",
  "text/x-javascript",
]);

/** Whether a script element of that type holds a script. */
export function isScriptType(type: string): boolean {
  return scriptTypes.has((type.split(";")[0] as string).trim().toLowerCase());
}
