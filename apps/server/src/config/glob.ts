// Globs of config files: `*`, `?` and `[…]`. Prometheus' configs allow them in the last part of a path, unit-test files
// in all.
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { compileRegex } from "@narthex/model";

const globCharacter = /[*?[]/;
/** Classes are closed and not empty, and their ranges and escapes end; a backslash stands before something. */
const wellFormed = /^(?:[^[\\]|\\.|\[\^?(?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+\])*$/su;

/** Paths that exist, sorted. Throws an Error for what is no pattern. */
export function expandGlob(pattern: string): string[] {
  // Prometheus: path/filepath's ErrBadPattern.
  if (!wellFormed.test(pattern)) throw new Error("syntax error in pattern");
  if (!globCharacter.test(pattern)) return existsSync(pattern) ? [pattern] : [];
  const name = compileRegex(regexOfGlob(basename(pattern)));
  return expandGlob(dirname(pattern)).flatMap((folder) => {
    if (!statSync(folder).isDirectory()) return [];
    const found = readdirSync(folder).filter((file) => name.test(file));
    return found.sort().map((file) => join(folder, file));
  });
}

function regexOfGlob(glob: string): string {
  return glob.replace(/\[[^\]]+\]|[\\.+*?()|[\]{}^$]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    return part.length > 1 ? part : `\\${part}`;
  });
}
