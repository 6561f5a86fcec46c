// /proc/1/mountinfo: what is mounted where.
// Process 1 sees the mounts of the host even where this process runs in a mount namespace of its own.
import { isAbsence, readLines } from "./files.js";
import type { Paths } from "./paths.js";

export type Mount = {
  /** As the host sees it. */
  readonly mountPoint: string;
  readonly device: string;
  readonly fsType: string;
  readonly major: string;
  readonly minor: string;
  readonly isReadOnly: boolean;
};

export function readMounts(paths: Paths): Mount[] {
  return mountLines(paths)
    .map((line) => parseMount(line, paths))
    .filter((mount) => mount !== undefined);
}

// Without the right to look at process 1, a user sees the own mounts.
function mountLines(paths: Paths): string[] {
  try {
    return readLines(paths.proc("1/mountinfo"));
  } catch (error) {
    if (!isAbsence(error)) throw error;
    return readLines(paths.proc("self/mountinfo"));
  }
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"; before the dash stand any number
// of optional fields.
function parseMount(line: string, paths: Paths): Mount | undefined {
  const fields = line.split(" ").filter((field) => field !== "");
  const dash = fields.indexOf("-", 6);
  if (dash < 0 || fields.length < dash + 3) return undefined;
  const [major = "", minor = ""] = (fields[2] as string).split(":");
  const options = [...(fields[5] as string).split(","), ...(fields[dash + 3] ?? "").split(",")];
  return {
    mountPoint: paths.withoutRoot(unescapeOctal(fields[4] as string)),
    fsType: fields[dash + 1] as string,
    device: unescapeOctal(fields[dash + 2] as string),
    major,
    minor,
    isReadOnly: options.includes("ro"),
  };
}

// The kernel writes blanks, tabs, newlines and backslashes in octal.
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
