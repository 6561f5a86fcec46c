// Unpacks ttar, the text archives of the Prometheus projects: "Path:" with "Lines:", "Directory:", "SymlinkTo:".
// Trees of /proc and /sys cannot be kept as files everywhere, for their names and links.
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export function unpackTtar(archive: string, folder: string): void {
  const lines = readFileSync(archive, "latin1").split("\n");
  let path = "";
  for (let i = 0; i < lines.length; i++) {
    const [, key, value = ""] = /^(\w+): (.*)$/.exec(lines[i] as string) ?? [];
    if (key === "Directory") mkdirSync(join(folder, value), { recursive: true });
    else if (key === "Path") {
      path = join(folder, value);
      mkdirSync(dirname(path), { recursive: true });
    } else if (key === "SymlinkTo") symlinkSync(value, path);
    else if (key === "Lines") {
      writeFileSync(path, content(lines.slice(i + 1, i + 1 + Number(value))), "latin1");
      i += Number(value);
    } else if (key === "Mode" && path !== "" && value.endsWith("000")) chmodSync(path, 0);
  }
}

// "EOF" ends a last line that has no newline; NULLBYTE stands for one, and a backslash keeps either word.
function content(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join("");
  const whole = text.endsWith("EOF\n") && !text.endsWith("\\EOF\n") ? text.slice(0, -4) : text;
  return whole.replace(/(\\?)NULLBYTE/g, (word, mark: string) => (mark === "" ? "\0" : word.slice(1))).replace(/\\EOF/g, "EOF");
}
