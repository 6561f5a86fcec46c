// The udev database: one text file per device, with lines "E:NAME=value".
import { isAbsence, readLines } from "./files.js";

const none: ReadonlyMap<string, string> = new Map();

/** Properties of a device; none where udev does not run or its files are not mounted. */
export function readUdevProperties(path: string): ReadonlyMap<string, string> {
  let lines: string[];
  try {
    lines = readLines(path);
  } catch (error) {
    if (isAbsence(error)) return none;
    throw error;
  }
  const properties = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf("=");
    if (line.startsWith("E:") && at > 0) properties.set(line.slice(2, at), line.slice(at + 1));
  }
  return properties;
}
