// Transitions through HTML: text, tags, attribute names, the beginning of values, comments.
import { quote } from "@narthex/model";
import { attributeOf } from "./attributes.js";
import {
  type Attribute,
  attributeStates,
  type Context,
  ContextError,
  type Element,
  type State,
  type Transition,
  textContext,
} from "./context.js";

export function afterText(context: Context, text: string): Transition {
  for (let from = 0; ; ) {
    const at = text.indexOf("<", from);
    if (at < 0 || at + 1 === text.length) return { context, taken: text.length };
    if (text.startsWith("<!--", at)) return { context: { ...textContext, state: "htmlComment" }, taken: at + 4 };
    const isEnd = text[at + 1] === "/";
    const start = at + (isEnd ? 2 : 1);
    if (start >= text.length) return { context, taken: text.length };
    const end = tagNameEnd(text, start);
    if (end !== start) {
      const element = isEnd ? "none" : elementNamed(text.slice(start, end));
      return { context: { ...textContext, state: "tag", element }, taken: end };
    }
    from = end;
  }
}

/** A name may have single - and : inside. */
function tagNameEnd(text: string, start: number): number {
  const match = /^[a-zA-Z][a-zA-Z0-9]*(?:[-:][a-zA-Z0-9]+)*/.exec(text.slice(start));
  return start + (match?.[0].length ?? 0);
}

function elementNamed(name: string): Element {
  const lower = name.toLowerCase();
  return lower === "script" || lower === "style" || lower === "textarea" || lower === "title" ? lower : "none";
}

const contentStates: Readonly<Record<Element, State>> = {
  none: "text",
  script: "js",
  style: "css",
  textarea: "rcdata",
  title: "rcdata",
};

export function afterTag(context: Context, text: string): Transition {
  const start = spaceEnd(text);
  if (start === text.length) return { context, taken: text.length };
  const { element } = context;
  if (text[start] === ">")
    return { context: { ...textContext, state: contentStates[element], element }, taken: start + 1 };
  const end = attributeNameEnd(text, start);
  if (end === start) {
    throw new ContextError(`expected space, attr name, or end of tag, but got ${quote(text.slice(start))}`);
  }
  const attribute = attributeFor(element, text.slice(start, end).toLowerCase());
  const state = end === text.length ? "attrName" : "afterName";
  return { context: { ...textContext, state, element, attribute }, taken: end };
}

function attributeFor(element: Element, name: string): Attribute {
  return element === "script" && name === "type" ? "scriptType" : attributeOf(name);
}

function attributeNameEnd(text: string, start: number): number {
  const rest = text.slice(start);
  const length = rest.search(/[ \t\n\f\r=>'"<]/);
  if (length < 0) return text.length;
  if (/['"<]/.test(rest[length] as string)) {
    throw new ContextError(`${quote(rest[length] as string)} in attribute name: ${quote(rest.slice(0, 32))}`);
  }
  return start + length;
}

export function afterAttributeName(context: Context, text: string): Transition {
  const taken = attributeNameEnd(text, 0);
  return { context: taken === text.length ? context : { ...context, state: "afterName" }, taken };
}

export function afterName(context: Context, text: string): Transition {
  const start = spaceEnd(text);
  if (start === text.length) return { context, taken: start };
  if (text[start] !== "=") return { context: { ...context, state: "tag" }, taken: start };
  return { context: { ...context, state: "beforeValue" }, taken: start + 1 };
}

export function afterValueStart(context: Context, text: string): Transition {
  const start = spaceEnd(text);
  if (start === text.length) return { context, taken: start };
  const state = attributeStates[context.attribute];
  const quoted = text[start] === '"' ? "double" : text[start] === "'" ? "single" : undefined;
  const delim = quoted ?? "spaceOrTagEnd";
  return { context: { ...context, state, delim }, taken: start + (quoted ? 1 : 0) };
}

export function afterHtmlComment(context: Context, text: string): Transition {
  const at = text.indexOf("-->");
  return at < 0 ? { context, taken: text.length } : { context: textContext, taken: at + 3 };
}

/** States that text cannot leave. */
export function afterAnything(context: Context, text: string): Transition {
  return { context, taken: text.length };
}

function spaceEnd(text: string): number {
  return /^[ \t\n\f\r]*/.exec(text)?.[0].length ?? 0;
}

/** Where `</script` or its like ends the element that `context` is in; -1 where it does not. */
export function specialTagEnd(context: Context, text: string): number {
  const { element, state } = context;
  if (element === "none") return -1;
  const isInside = state === "rcdata" || state.startsWith("js") || state.startsWith("css");
  if (!isInside || isScriptLiteral(state)) return -1;
  return text.search(new RegExp(`</${element}(?=[ \\t\\n\\f/>])`, "i"));
}

/** Strings and regular expressions of a script, in which `</script>` is written another way. */
export function isScriptLiteral(state: State): boolean {
  return /^js(?:DoubleQuoted|SingleQuoted|TemplateLiteral|Regexp)$/.test(state);
}
