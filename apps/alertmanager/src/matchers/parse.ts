// Chooses between the two matcher grammars. Comes from: config, API filters. Goes to: route, inhibit, silence.
import type { Matcher } from "@narthex/model";
import { parseClassic, parseClassicOne } from "./classic-parser.js";
import { printMatcher, printMatchers } from "./printer.js";
import { parseUtf8 } from "./utf8-parser.js";

export type MatcherMode = "fallback" | "classic" | "utf8-strict";

/** Both throw Error with a text fit for users. */
export interface MatcherParser {
  /** `name op value, …` */
  readonly parse: (input: string) => Matcher[];
  /** Exactly one. */
  readonly parseOne: (input: string) => Matcher;
}

/** `warn` hears, once for each input, where the two grammars do not agree and the user should quote. */
export type MatcherWarning = (message: string, details: { input: string; suggestion?: string }) => void;

/** Text of matchers that is refused before it is parsed. */
export const matcherTextLengthMax: number = 64 * 1024;

export function matcherParserFrom(mode: MatcherMode, warn: MatcherWarning): MatcherParser {
  const choose = <T extends Matcher | Matcher[]>(classic: Parse<T>, utf8: Parse<T>): Parse<T> => {
    const parse = mode === "classic" ? classic : mode === "utf8-strict" ? utf8 : withFallback({ classic, utf8, warn });
    return (input) => {
      if (input.length > matcherTextLengthMax) {
        throw new Error(`matchers longer than ${matcherTextLengthMax} characters`);
      }
      return parse(input);
    };
  };
  return { parse: choose(parseClassic, parseUtf8), parseOne: choose(parseClassicOne, parseUtf8One) };
}

type Parse<T> = (input: string) => T;

interface Grammars<T> {
  readonly classic: Parse<T>;
  readonly utf8: Parse<T>;
  readonly warn: MatcherWarning;
}

function withFallback<T extends Matcher | Matcher[]>({ classic, utf8, warn }: Grammars<T>): Parse<T> {
  return (input) => {
    const modern = attempt(utf8, input);
    const old = attempt(classic, input);
    if (modern instanceof Error) {
      if (old instanceof Error) throw old;
      const message = "matchers are understood by the classic parser only and will fail in UTF-8 strict mode";
      warn(message, { input, suggestion: print(old) });
      return old;
    }
    if (old instanceof Error || print(old) === print(modern)) return modern;
    warn("Matchers input has disagreement", { input });
    return old;
  };
}

function print(parsed: Matcher | Matcher[]): string {
  return Array.isArray(parsed) ? printMatchers(parsed) : printMatcher(parsed);
}

function attempt<T>(parse: Parse<T>, input: string): T | Error {
  try {
    return parse(input);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function parseUtf8One(input: string): Matcher {
  const matchers = parseUtf8(input);
  const [matcher] = matchers;
  if (!matcher) throw new Error("no matchers");
  if (matchers.length > 1) throw new Error(`expected 1 matcher, found ${matchers.length}`);
  return matcher;
}
