// Folders that match a shell pattern: "/var/lib/node/*/textfiles". Node has fs.glob only since version 22.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isAbsence } from "./files.js";

/** A pattern without wildcards matches itself, whether it is there or not. */
export function foldersMatching(pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const part of pattern.split("/").filter((name) => name !== "")) {
    found = found.flatMap((folder) => foldersIn(folder, part));
  }
  return found;
}

function foldersIn(folder: string, part: string): string[] {
  if (!/[*?[]/.test(part)) return [join(folder, part)];
  const form = patternForm(part);
  try {
    const entries = readdirSync(folder === "" ? "." : folder, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isFile() && form.test(entry.name)).map((entry) => entry.name);
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

// Patterns come from the operator's command line, and have no construct that backtracks badly over a file name.
function patternForm(part: string): RegExp {
  const source = part.replace(/\[[^\]]+\]|[\s\S]/g, (token) => {
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.length > 1) return token.replaceAll("\\", "\\\\");
    return token.replace(/[.+^${}()|\\[\]]/, "\\$&");
  });
  return new RegExp(`^${source}$`);
}
