// Chooses between the two matcher grammars. Comes from: config, API filters. Goes to: route, inhibit, silence.
import type { Matcher } from "@narthex/model";
import { parseClassic } from "./classic-parser.js";
import { printMatchers } from "./printer.js";
import { parseUtf8 } from "./utf8-parser.js";

export type MatcherMode = "fallback" | "classic" | "utf8-strict";

/** Parses `name op value, …`. Throws Error with a text fit for users. */
export type MatcherParser = (input: string) => Matcher[];

/** `warn` hears, once for each input, where the two grammars do not agree and the user should quote. */
export type MatcherWarning = (message: string, details: { input: string; suggestion?: string }) => void;

/** Text of matchers that is refused before it is parsed. */
export const matcherTextLengthMax: number = 64 * 1024;

export function matcherParserFrom(mode: MatcherMode, warn: MatcherWarning): MatcherParser {
  const parse = mode === "classic" ? parseClassic : mode === "utf8-strict" ? parseUtf8 : fallbackParser(warn);
  return (input) => {
    if (input.length > matcherTextLengthMax) throw new Error(`matchers longer than ${matcherTextLengthMax} characters`);
    return parse(input);
  };
}

function fallbackParser(warn: MatcherWarning): MatcherParser {
  return (input) => {
    const utf8 = attempt(parseUtf8, input);
    const classic = attempt(parseClassic, input);
    if (utf8 instanceof Error) {
      if (classic instanceof Error) throw classic;
      const suggestion = printMatchers(classic);
      warn("matchers are understood by the classic parser only and will fail in UTF-8 strict mode", {
        input,
        suggestion,
      });
      return classic;
    }
    if (classic instanceof Error || printMatchers(classic) === printMatchers(utf8)) return utf8;
    warn("Matchers input has disagreement", { input });
    return classic;
  };
}

function attempt(parse: MatcherParser, input: string): Matcher[] | Error {
  try {
    return parse(input);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Exactly one matcher. */
export function parseOneMatcher(parse: MatcherParser, input: string): Matcher {
  const matchers = parse(input);
  const [matcher] = matchers;
  if (!matcher) throw new Error("no matchers");
  if (matchers.length > 1) throw new Error(`expected 1 matcher, found ${matchers.length}`);
  return matcher;
}
