// Transitions through JavaScript: strings, template literals, regular expressions, comments.
import { quote } from "@narthex/model";
import { type Context, ContextError, type State, type Transition } from "./context.js";

const quoteStates: Readonly<Record<string, State>> = {
  '"': "jsDoubleQuoted",
  "'": "jsSingleQuoted",
  "`": "jsTemplateLiteral",
};

export function afterScript(context: Context, text: string): Transition {
  const at = text.search(/["'`/{}<\-#]/);
  if (at < 0) return { context: { ...context, slash: slashAfter(text, context.slash) }, taken: text.length };
  const slash = slashAfter(text.slice(0, at), context.slash);
  const before: Context = { ...context, slash };
  const character = text[at] as string;
  const state = quoteStates[character];
  if (state) return { context: { ...before, state, slash: "regexp" }, taken: at + 1 };
  if (character === "/") return afterSlash(before, text, at);
  if (character === "{" || character === "}") return afterBrace(before, character, at + 1);
  const comment = ["<!--", "-->", "#!"].find((start) => text.startsWith(start, at));
  if (comment) return { context: { ...before, state: "jsLineComment" }, taken: at + comment.length };
  // Neither begins anything: part of the expression, as any other punctuation.
  return { context: { ...before, slash: slashAfter(text.slice(0, at + 1), context.slash) }, taken: at + 1 };
}

function afterSlash(context: Context, text: string, at: number): Transition {
  const next = text[at + 1];
  if (next === "/") return { context: { ...context, state: "jsLineComment" }, taken: at + 2 };
  if (next === "*") return { context: { ...context, state: "jsBlockComment" }, taken: at + 2 };
  if (context.slash === "regexp") return { context: { ...context, state: "jsRegexp" }, taken: at + 1 };
  if (context.slash === "divide") return { context: { ...context, slash: "regexp" }, taken: at + 1 };
  throw new ContextError(`'/' could start a division or regexp: ${quote(text.slice(at, at + 32))}`);
}

/** Braces count inside of ${…}; the one that closes it leads back into the literal. */
function afterBrace(context: Context, brace: string, taken: number): Transition {
  const { braces } = context;
  const depth = braces.at(-1);
  if (depth === undefined) return { context: { ...context, slash: "regexp" }, taken };
  const outer = braces.slice(0, -1);
  if (brace === "{") return { context: { ...context, braces: [...outer, depth + 1], slash: "regexp" }, taken };
  if (depth > 0) return { context: { ...context, braces: [...outer, depth - 1], slash: "regexp" }, taken };
  return { context: { ...context, braces: outer, state: "jsTemplateLiteral" }, taken };
}

const keywordsBeforeRegexp: ReadonlySet<string> = new Set(
  "break case continue delete do else finally in instanceof return throw try typeof void".split(" "),
);

/** What a slash after `text` means; `before` is what it meant before. */
export function slashAfter(text: string, before: Context["slash"]): Context["slash"] {
  const trimmed = text.replace(/[\t\n\f\r \u2028\u2029]+$/, "");
  if (trimmed === "") return before;
  // An odd run of + or - is an operator, an even one increments.
  const signs = /([+-])\1*$/.exec(trimmed);
  if (signs) return signs[0].length % 2 === 1 ? "regexp" : "divide";
  if (trimmed.endsWith(".")) return /[0-9]\.$/.test(trimmed) ? "divide" : "regexp";
  if (/[,<>=*%&|^?!~([:;{}]$/.test(trimmed)) return "regexp";
  const word = /[\w$]*$/.exec(trimmed)?.[0] ?? "";
  return keywordsBeforeRegexp.has(word) ? "regexp" : "divide";
}

/** In "…" and '…'. */
export function afterScriptString(context: Context, text: string): Transition {
  const end = context.state === "jsDoubleQuoted" ? '"' : "'";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i = escapedAt(text, i);
    else if (text[i] === end) return { context: { ...context, state: "js", slash: "divide" }, taken: i + 1 };
  }
  return { context, taken: text.length };
}

function escapedAt(text: string, at: number): number {
  if (at + 1 === text.length) throw new ContextError(`unfinished escape sequence in JS string: ${quote(text)}`);
  return at + 1;
}

export function afterScriptRegexp(context: Context, text: string): Transition {
  let isInSet = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i = escapedAt(text, i);
    else if (text[i] === "[") isInSet = true;
    else if (text[i] === "]") isInSet = false;
    else if (text[i] === "/" && !isInSet)
      return { context: { ...context, state: "js", slash: "divide" }, taken: i + 1 };
  }
  if (isInSet) throw new ContextError(`unfinished JS regexp charset: ${quote(text)}`);
  return { context, taken: text.length };
}

export function afterTemplateLiteral(context: Context, text: string): Transition {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i = escapedAt(text, i);
    else if (text[i] === "`") return { context: { ...context, state: "js", slash: "divide" }, taken: i + 1 };
    else if (text.startsWith("${", i)) {
      return { context: { ...context, state: "js", slash: "regexp", braces: [...context.braces, 0] }, taken: i + 2 };
    }
  }
  return { context, taken: text.length };
}

export function afterBlockComment(context: Context, text: string): Transition {
  const at = text.indexOf("*/");
  if (at < 0) return { context, taken: text.length };
  return { context: { ...context, state: context.state === "jsBlockComment" ? "js" : "css" }, taken: at + 2 };
}

/** The line's end is not part of the comment. */
export function afterLineComment(context: Context, text: string): Transition {
  const isScript = context.state === "jsLineComment";
  const at = text.search(isScript ? /[\n\r\u2028\u2029]/ : /[\n\f\r]/);
  if (at < 0) return { context, taken: text.length };
  return { context: { ...context, state: isScript ? "js" : "css" }, taken: at };
}
