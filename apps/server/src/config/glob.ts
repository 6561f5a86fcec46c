// Globs of config files: `*`, `?` and `[…]` in the last part of a path, as Prometheus' configs allow them.
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { compileRegex } from "@narthex/model";

const globCharacter = /[*?[]/;

/** Paths that exist, sorted. */
export function expandGlob(pattern: string): string[] {
  if (!globCharacter.test(pattern)) return existsSync(pattern) ? [pattern] : [];
  const folder = dirname(pattern);
  if (!existsSync(folder)) return [];
  const name = compileRegex(regexOfGlob(basename(pattern)));
  const found = readdirSync(folder).filter((file) => name.test(file));
  return found.sort().map((file) => join(folder, file));
}

function regexOfGlob(glob: string): string {
  return glob.replace(/\[[^\]]+\]|[\\.+*?()|[\]{}^$]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    return part.length > 1 ? part : `\\${part}`;
  });
}
