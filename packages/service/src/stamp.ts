import { statSync } from "node:fs";

/**
 * A text that changes when one of the files is written or replaced; costs a stat for each. An absent file has a stamp too:
 * whoever reads it then reports it with its name.
 */
export function fileStamp(paths: readonly string[]): string {
  return paths.map(stampOf).join(" ");
}

function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino}.${stat.size}.${stat.mtimeNs}` : "absent";
}
