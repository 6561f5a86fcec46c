// Transitions through CSS and URLs.
import { quote } from "@narthex/model";
import { type Context, ContextError, type State, type Transition } from "./context.js";

/** The URL's part that a value would stand in: escaping changes at the first ? or #. */
export function afterUrl(context: Context, text: string): Transition {
  const taken = text.length;
  if (/[#?]/.test(text)) return { context: { ...context, urlPart: "queryOrFragment" }, taken };
  if (context.urlPart !== "none" || /^[ \t\n\f\r]*$/.test(text)) return { context, taken };
  return { context: { ...context, urlPart: "preQuery" }, taken };
}

export function afterStyle(context: Context, text: string): Transition {
  for (let from = 0; ; ) {
    const length = text.slice(from).search(/[("'/]/);
    if (length < 0) return { context, taken: text.length };
    const at = from + length;
    const transition = afterStyleMark(context, text, at);
    if (transition) return transition;
    from = at + 1;
  }
}

function afterStyleMark(context: Context, text: string, at: number): Transition | undefined {
  switch (text[at]) {
    case "(":
      return /(?:^|[^\w-])url[\t\n\f\r ]*$/i.test(text.slice(0, at)) ? afterUrlStart(context, text, at + 1) : undefined;
    case "/":
      if (text[at + 1] === "/") return { context: { ...context, state: "cssLineComment" }, taken: at + 2 };
      if (text[at + 1] === "*") return { context: { ...context, state: "cssBlockComment" }, taken: at + 2 };
      return undefined;
    case '"':
      return { context: { ...context, state: "cssDoubleQuoted" }, taken: at + 1 };
    default:
      return { context: { ...context, state: "cssSingleQuoted" }, taken: at + 1 };
  }
}

function afterUrlStart(context: Context, text: string, start: number): Transition {
  const at = start + (/^[\t\n\f\r ]*/.exec(text.slice(start))?.[0].length ?? 0);
  if (text[at] === '"') return { context: { ...context, state: "cssDoubleQuotedUrl" }, taken: at + 1 };
  if (text[at] === "'") return { context: { ...context, state: "cssSingleQuotedUrl" }, taken: at + 1 };
  return { context: { ...context, state: "cssUrl" }, taken: at };
}

const stringEnds: Partial<Record<State, RegExp>> = {
  cssDoubleQuoted: /[\\"]/,
  cssDoubleQuotedUrl: /[\\"]/,
  cssSingleQuoted: /[\\']/,
  cssSingleQuotedUrl: /[\\']/,
  cssUrl: /[\\\t\n\f\r )]/,
};

/** Strings too are taken for URLs, since properties such as background accept them. */
export function afterStyleString(context: Context, text: string): Transition {
  const ends = stringEnds[context.state] as RegExp;
  let current = context;
  for (let from = 0; ; ) {
    const length = text.slice(from).search(ends);
    if (length < 0) return { context: afterUrl(current, decodeCss(text.slice(from))).context, taken: text.length };
    const at = from + length;
    if (text[at] !== "\\") return { context: { ...current, state: "css" }, taken: at + 1 };
    if (at + 1 === text.length) throw new ContextError(`unfinished escape sequence in CSS string: ${quote(text)}`);
    current = afterUrl(current, decodeCss(text.slice(0, at + 2))).context;
    from = at + 2;
  }
}

/** Undoes backslash escapes. */
export function decodeCss(text: string): string {
  return text.replace(
    /\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[\t\n\f\r ])?|(.))/gsu,
    (_, code?: string, character?: string) => {
      if (code === undefined) return character ?? "";
      const point = Number.parseInt(code, 16);
      return point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? "\ufffd" : String.fromCodePoint(point);
    },
  );
}
