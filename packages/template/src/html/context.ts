// Where in an HTML page a point of a template stands: what escaping a value needs there. Go's html/template contexts.
// Contexts are immutable; transitions (html/markup, html/script, html/style) make new ones.

export type State =
  | "text"
  | "tag"
  | "attrName"
  | "afterName"
  | "beforeValue"
  | "htmlComment"
  | "rcdata"
  | "attr"
  | "url"
  | "srcset"
  | "js"
  | "jsDoubleQuoted"
  | "jsSingleQuoted"
  | "jsTemplateLiteral"
  | "jsRegexp"
  | "jsBlockComment"
  | "jsLineComment"
  | "css"
  | "cssDoubleQuoted"
  | "cssSingleQuoted"
  | "cssDoubleQuotedUrl"
  | "cssSingleQuotedUrl"
  | "cssUrl"
  | "cssBlockComment"
  | "cssLineComment"
  /** After {{break}} or {{continue}}: nothing follows. */
  | "dead";

export type Attribute = "none" | "script" | "scriptType" | "style" | "url" | "srcset";
export type Element = "none" | "script" | "style" | "textarea" | "title";

export interface Context {
  readonly state: State;
  /** What ends the attribute value that we are in. */
  readonly delim: "none" | "double" | "single" | "spaceOrTagEnd";
  readonly urlPart: "none" | "preQuery" | "queryOrFragment" | "unknown";
  /** Whether a slash in a script begins a regular expression or divides. */
  readonly slash: "regexp" | "divide" | "unknown";
  /** Open braces in each ${…} of template literals that we are in, innermost last. */
  readonly braces: readonly number[];
  readonly attribute: Attribute;
  readonly element: Element;
}

export const textContext: Context = {
  state: "text",
  delim: "none",
  urlPart: "none",
  slash: "regexp",
  braces: [],
  attribute: "none",
  element: "none",
};

/** The context after some text, and how much of it leads there. */
export interface Transition {
  readonly context: Context;
  readonly taken: number;
}

/** Bad HTML, or a place whose escaping cannot be told; the caller adds the template's position. */
export class ContextError extends Error {
  override readonly name = "ContextError";
}

export function contextKey({ state, delim, urlPart, slash, braces, attribute, element }: Context): string {
  return [state, delim, urlPart, slash, braces.join("."), attribute, element].join(" ");
}

export function contextsEqual(a: Context, b: Context): boolean {
  return contextKey(a) === contextKey(b);
}

export function isComment(state: State): boolean {
  return state.endsWith("Comment");
}

export const attributeStates: Readonly<Record<Attribute, State>> = {
  none: "attr",
  script: "js",
  scriptType: "attr",
  style: "css",
  url: "url",
  srcset: "srcset",
};

/** The context as a value finds it: `<a {{.}}` stands in a name, `<a x={{.}}` in a value. */
export function nudge(context: Context): Context {
  switch (context.state) {
    case "tag":
      return { ...context, state: "attrName" };
    case "beforeValue": {
      const state = attributeStates[context.attribute];
      return { ...context, state, delim: "spaceOrTagEnd", attribute: "none" };
    }
    case "afterName":
      return { ...context, state: "attrName", attribute: "none" };
    default:
      return context;
  }
}

/** The context that holds after either branch; undefined where there is none. */
export function joinContexts(a: Context, b: Context): Context | undefined {
  if (a.state === "dead") return b;
  if (b.state === "dead" || contextsEqual(a, b)) return a;
  if (contextsEqual({ ...a, urlPart: b.urlPart }, b)) return { ...a, urlPart: "unknown" };
  if (contextsEqual({ ...a, slash: b.slash }, b)) return { ...a, slash: "unknown" };
  const nudgedA = nudge(a);
  const nudgedB = nudge(b);
  if (contextsEqual(nudgedA, a) && contextsEqual(nudgedB, b)) return undefined;
  return joinContexts(nudgedA, nudgedB);
}
