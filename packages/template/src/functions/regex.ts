// Regular expressions in templates: RE2 syntax, not anchored, "." not matching newline, $-expansion as Go's regexp does it.
import { regexLengthMax } from "@narthex/model";
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { CallError } from "../errors.js";

type Pattern = ReturnType<typeof RE2JS.compile>;

function compile(source: string): Pattern {
  if (source.length > regexLengthMax) throw new CallError(`error parsing regexp: longer than ${regexLengthMax} bytes`);
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new CallError(error.message, { cause: error });
    throw error;
  }
}

export function isMatch(source: string, text: string): boolean {
  return compile(source).matcher(text).find();
}

export interface Replacement {
  readonly pattern: string;
  /** $1, $name, ${name} and $$; a name is as long as it can be, so $1x is the group "1x". */
  readonly replacement: string;
}

export function replaceAll(text: string, { pattern, replacement }: Replacement): string {
  const compiled = compileOrPanic(pattern);
  const groups = compiled.namedGroups();
  const matcher = compiled.matcher(text);
  let result = "";
  let end = 0;
  while (matcher.find()) {
    const group = (name: string): string => {
      const index = /^\d+$/.test(name) ? Number(name) : (groups[name] as number | undefined);
      if (index === undefined || index > matcher.groupCount()) return "";
      return matcher.group(index) ?? "";
    };
    result += text.slice(end, matcher.start()) + expandReplacement(replacement, group);
    end = matcher.end();
  }
  return result + text.slice(end);
}

/** Go compiles this one with MustCompile: its panic is the error's text. */
function compileOrPanic(source: string): Pattern {
  try {
    return compile(source);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const shown = source.includes("`") ? JSON.stringify(source) : `\`${source}\``;
    throw new CallError(`regexp: Compile(${shown}): ${error.message}`, { cause: error });
  }
}

const reference = /\$(?:\$|(\w+)|\{(\w+)\})/g;

function expandReplacement(replacement: string, group: (name: string) => string): string {
  return replacement.replace(reference, (all, bare: string | undefined, braced: string | undefined) => {
    if (all === "$$") return "$";
    return group((bare ?? braced) as string);
  });
}
