// The literal text of an HTML template: the context after it, and the text as it is written.
// Comments are left out, as in Go: nothing may hide in them, nor leak.
import { quote } from "@narthex/model";
import { isScriptType } from "./attributes.js";
import { type Context, ContextError, isComment, type State, type Transition, textContext } from "./context.js";
import * as markup from "./markup.js";
import * as script from "./script.js";
import * as style from "./style.js";

type Step = (context: Context, text: string) => Transition;

const steps: Readonly<Record<State, Step>> = {
  text: markup.afterText,
  tag: markup.afterTag,
  attrName: markup.afterAttributeName,
  afterName: markup.afterName,
  beforeValue: markup.afterValueStart,
  htmlComment: markup.afterHtmlComment,
  rcdata: markup.afterAnything,
  attr: markup.afterAnything,
  url: style.afterUrl,
  srcset: markup.afterAnything,
  js: script.afterScript,
  jsDoubleQuoted: script.afterScriptString,
  jsSingleQuoted: script.afterScriptString,
  jsTemplateLiteral: script.afterTemplateLiteral,
  jsRegexp: script.afterScriptRegexp,
  jsBlockComment: script.afterBlockComment,
  jsLineComment: script.afterLineComment,
  css: style.afterStyle,
  cssDoubleQuoted: style.afterStyleString,
  cssSingleQuoted: style.afterStyleString,
  cssDoubleQuotedUrl: style.afterStyleString,
  cssSingleQuotedUrl: style.afterStyleString,
  cssUrl: style.afterStyleString,
  cssBlockComment: script.afterBlockComment,
  cssLineComment: script.afterLineComment,
  dead: markup.afterAnything,
};

export interface EscapedText {
  readonly context: Context;
  readonly text: string;
}

export function escapeText(start: Context, text: string): EscapedText {
  let context = start;
  let written = "";
  for (let rest = text; rest !== ""; ) {
    const { context: next, taken } = contextAfter(context, rest);
    written += writtenText(rest.slice(0, taken), { from: context, to: next });
    context = next;
    rest = rest.slice(taken);
  }
  return { context, text: written };
}

function contextAfter(context: Context, text: string): Transition {
  if (context.delim !== "none") return afterAttributeText(context, text);
  const end = markup.specialTagEnd(context, text);
  if (end === 0) return { context: textContext, taken: 0 };
  return steps[context.state](context, end > 0 ? text.slice(0, end) : text);
}

const valueEnds = { double: /"/, single: /'/, spaceOrTagEnd: /[ \t\n\f\r>]/ } as const;

function afterAttributeText(context: Context, text: string): Transition {
  const { delim, element } = context;
  const at = text.search(valueEnds[delim as keyof typeof valueEnds]);
  const value = at < 0 ? text : text.slice(0, at);
  if (delim === "spaceOrTagEnd") refuseInUnquoted(value);
  if (at < 0) return { context: withinAttribute(context, decodeEntities(text)), taken: text.length };
  const isOtherScript = context.attribute === "scriptType" && element === "script" && !isScriptType(value);
  return {
    context: { ...textContext, state: "tag", element: isOtherScript ? "none" : element },
    taken: at + (delim === "spaceOrTagEnd" ? 0 : 1),
  };
}

function refuseInUnquoted(value: string): void {
  const bad = /["'<=`]/.exec(value);
  if (bad) throw new ContextError(`${quote(bad[0])} in unquoted attr: ${quote(value)}`);
}

function withinAttribute(start: Context, value: string): Context {
  let context = start;
  for (let rest = value; rest !== ""; ) {
    const { context: next, taken } = steps[context.state](context, rest);
    context = next;
    rest = rest.slice(taken);
  }
  return context;
}

const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", amp: "&", lt: "<", gt: ">", nbsp: "\u00a0" };

/** The entities that can matter to where a script or style string ends. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#[xX]([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w+));?/g,
    (all, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return entities[name] ?? all;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
    },
  );
}

function writtenText(text: string, { from, to }: { from: Context; to: Context }): string {
  if (isComment(from.state) && from.delim === "none") return commentRemains(from.state, text);
  const isComing = to.state !== from.state && isComment(to.state) && to.delim === "none";
  const kept = isComing ? text.replace(commentStart, "") : text;
  if (from.state === "text" || from.state === "rcdata")
    return escapeStrayTags(kept, from.state !== to.state && !isComing);
  return markup.isScriptLiteral(from.state) ? escapeScriptTags(kept) : kept;
}

const commentStart = /(?:<!--|-->|#!|\/\*|\/\/)$/;

/** A comment in a script or style still parts the words around it. */
function commentRemains(state: State, text: string): string {
  if (state === "jsBlockComment") return /[\n\r\u2028\u2029]/.test(text) ? "\n" : " ";
  return state === "cssBlockComment" ? " " : "";
}

/** Every < that begins no tag; of text that ends in one, the last begins it. */
function escapeStrayTags(text: string, endsInTag: boolean): string {
  const tagStart = endsInTag ? text.lastIndexOf("<") : text.length;
  return text.replace(/<(?!!doctype)/gi, (character, at: number) => (at < tagStart ? "&lt;" : character));
}

function escapeScriptTags(text: string): string {
  return text.replace(/<(?=script|\/script|!--)/gi, "\\x3C");
}
