// The files that `templates` of the config names: paths with *, ? and [a-z] in any part, as Go's filepath.Glob.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";
import type { TemplateFile } from "@narthex/template";

/** Files that all globs together may lead to. */
export const templateFilesMax: number = 1000;
/** Bytes of one file. */
export const templateBytesMax: number = 10 * 1024 * 1024;

/** In the order of the globs, then of the names. Throws where a file cannot be read or a bound is passed. */
export function readTemplateFiles(globs: readonly string[]): TemplateFile[] {
  const paths = globs.flatMap((glob) => matchPaths(glob));
  if (paths.length > templateFilesMax) throw new Error(`more than ${templateFilesMax} template files`);
  return paths.map((path) => {
    const size = statSync(path).size;
    if (size > templateBytesMax) throw new Error(`template file ${path} is larger than ${templateBytesMax} bytes`);
    return { name: basename(path), text: readFileSync(path, "utf8") };
  });
}

function matchPaths(glob: string): string[] {
  let found = [glob.startsWith(sep) ? sep : "."];
  for (const part of glob.split(sep).filter((name) => name !== "")) {
    found = found.flatMap((folder) => matchPart(folder, part).map((name) => join(folder, name)));
  }
  return found.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function matchPart(folder: string, part: string): string[] {
  if (!/[*?[\\]/.test(part)) return [part];
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const pattern = patternFrom(part);
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort();
}

function patternFrom(part: string): RegExp {
  const source = part.replace(/\\(.)|\[(\^?)([^\]]+)\]|[*?]|[.+^${}()|[\]\\]/g, (token, escaped, negation, set) => {
    if (escaped !== undefined) return `\\${escaped}`;
    if (set !== undefined) return `[${negation}${String(set).replace(/[\\\]]/g, "\\$&")}]`;
    if (token === "*") return ".*";
    return token === "?" ? "." : `\\${token}`;
  });
  return new RegExp(`^${source}$`, "s");
}
