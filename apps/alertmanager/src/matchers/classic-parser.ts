// The matcher grammar from before UTF-8 names: `name op value`, the value quoted or not, empty or not, in optional
// braces. Lenient on purpose: this is what stands in configs and is typed at amtool since 2021.
import { type Matcher, type MatchType, matcherFrom } from "@narthex/model";
import { MatcherSyntaxError } from "./utf8-lexer.js";

const form = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*([\s\S]*?)\s*$/;

/** Throws MatcherSyntaxError, or Error for a bad regular expression. */
export function parseClassic(input: string): Matcher[] {
  const inner = input.replace(/^\{/, "").replace(/\}$/, "");
  return splitAtCommas(inner).map(parseClassicOne);
}

function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  let isEscaped = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "," && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
      continue;
    }
    if (character === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = character === "\\" && !isEscaped;
  }
  const rest = text.slice(start).trim();
  return rest === "" ? parts : [...parts, rest];
}

/** One matcher, without braces. Throws as `parseClassic`. */
export function parseClassicOne(text: string): Matcher {
  const match = form.exec(text);
  if (!match) throw new MatcherSyntaxError(`bad matcher format: ${text}`);
  const [, name, type, value] = match as unknown as [string, string, MatchType, string];
  return matcherFrom(type, name, unescapeValue(value));
}

function unescapeValue(raw: string): string {
  const isQuoted = raw.startsWith('"');
  const body = isQuoted ? raw.slice(1) : raw;
  let value = "";
  let isClosed = !isQuoted;
  for (let i = 0; i < body.length; i++) {
    const character = body[i] as string;
    if (character === '"') {
      if (isClosed || i < body.length - 1) throw unescapedQuote(raw);
      isClosed = true;
    } else if (character === "\\" && i < body.length - 1) {
      i++;
      value += unescapeCharacter(body[i] as string);
    } else value += character;
  }
  if (!isClosed) throw unescapedQuote(raw);
  return value;
}

// An escape that OpenMetrics does not know keeps its backslash.
function unescapeCharacter(character: string): string {
  if (character === "n") return "\n";
  return character === '"' || character === "\\" ? character : `\\${character}`;
}

function unescapedQuote(raw: string): MatcherSyntaxError {
  return new MatcherSyntaxError(`matcher value contains unescaped double quote: ${raw}`);
}
