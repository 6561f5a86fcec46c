// Users' regular expressions: RE2 (linear time), fully anchored. Literals, sets of literals, prefixes and
// suffixes, which are most of what dashboards send, never reach the engine.
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { estimateRegexSize } from "./regex-size.js";

/** Bytes of pattern text; a longer one is refused before it is compiled. */
export const regexLengthMax: number = 64 * 1024;
/** Characters, classes and repetitions of them in a pattern that must be compiled: some 50 ms, and less than that for each match. */
export const regexSizeMax: number = 10_000;

export interface CompiledRegex {
  readonly source: string;
  test(text: string): boolean;
  /** The values that match, where they are finitely many and known; lets an index look them up. */
  readonly set: readonly string[] | undefined;
  /** Literal text that every match starts with. */
  readonly prefix: string;
}

const metaCharacter = /[\\.+*?()|[\]{}^$]/;

/** Throws Error "error parsing regexp: …". */
export function compileRegex(source: string): CompiledRegex {
  if (source.length > regexLengthMax)
    throw new Error(`error parsing regexp: expression longer than ${regexLengthMax} bytes`);
  return compileAlternatives(source) ?? compileAffix(source) ?? compileRe2(source);
}

function compileAlternatives(source: string): CompiledRegex | undefined {
  const body =
    source.startsWith("(") && source.endsWith(")") && !source.startsWith("(?") ? source.slice(1, -1) : source;
  const literals = body.split("|").map(literalOf);
  if (literals.includes(undefined)) return undefined;
  const set = [...new Set(literals as string[])];
  const lookup = new Set(set);
  return { source, set, prefix: set.length === 1 ? (set[0] as string) : "", test: (text) => lookup.has(text) };
}

/** The one text that the pattern matches, undefined where there are others. Dashboards escape what they insert: "10\\.0\\.0\\.1". */
function literalOf(pattern: string): string | undefined {
  if (!metaCharacter.test(pattern)) return pattern;
  const literal = pattern.replaceAll(/\\([\\.+*?()[\]{}^$-])/g, "$1");
  return metaCharacter.test(pattern.replaceAll(/\\[\\.+*?()[\]{}^$-]/g, "")) ? undefined : literal;
}

const affixForm = /^(\.[*+])?([^\\.+*?()|[\]{}^$]*)(\.[*+])?$/;

function compileAffix(source: string): CompiledRegex | undefined {
  const match = affixForm.exec(source);
  if (!match) return undefined;
  const [, before, literal = "", after] = match;
  return { source, set: undefined, prefix: before ? "" : literal, test: affixTest(literal, before, after) };
}

// `before` and `after` are "", ".*" or ".+": what may stand on either side of the literal.
function affixTest(literal: string, before = "", after = ""): (text: string) => boolean {
  const beforeMin = before === ".+" ? 1 : 0;
  const afterMin = after === ".+" ? 1 : 0;
  const lengthMin = literal.length + beforeMin + afterMin;
  if (literal === "") return (text) => text.length >= lengthMin;
  if (before === "") return (text) => text.length >= lengthMin && text.startsWith(literal);
  if (after === "") return (text) => text.length >= lengthMin && text.endsWith(literal);
  return (text) => {
    const at = text.indexOf(literal, beforeMin);
    return at >= 0 && at + literal.length + afterMin <= text.length;
  };
}

function compileRe2(source: string): CompiledRegex {
  const pattern = compilePattern(source);
  return { source, set: undefined, prefix: literalPrefix(source), test: (text) => pattern.matches(text) };
}

/** A compiled RE2 pattern for search and replace, "." matching newline; anchoring is the caller's. */
export function compilePattern(source: string): RE2JS {
  if (estimateRegexSize(source) > regexSizeMax) throw new Error("error parsing regexp: expression too large");
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (error) {
    // The engine writes the flag in front of the pattern, and where it shows the whole pattern, the flag, too.
    if (error instanceof RE2JSSyntaxException)
      throw new Error(
        error.message.replace(`\`(?s)${source}`, () => `\`${source}`),
        { cause: error },
      );
    throw error;
  }
}

// Characters before the first metacharacter, less one that a quantifier may make optional.
function literalPrefix(source: string): string {
  if (source.includes("|")) return "";
  const at = source.search(metaCharacter);
  const end = at > 0 && "*?{".includes(source[at] as string) ? at - 1 : at;
  return source.slice(0, Math.max(0, end));
}
