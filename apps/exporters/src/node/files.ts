// Reads the kernel's text files with as few system calls as possible: open, read until empty, close.
// Reading is synchronous: procfs and sysfs answer from memory, and a trip through the thread pool costs more CPU than
// the read itself. Only what can hang (statfs, see collectors/filesystem.ts) goes elsewhere.
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";

/** A file of procfs or sysfs that is longer than this is refused: nothing there comes near it. */
export const fileBytesMax: number = 16 * 1024 * 1024;

let buffer = Buffer.allocUnsafe(64 * 1024);

/** Throws Node's error where the file is missing or the driver refuses. */
export function readText(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    return buffer.toString("utf8", 0, fill(descriptor, path));
  } finally {
    closeSync(descriptor);
  }
}

function fill(descriptor: number, path: string): number {
  let length = 0;
  for (;;) {
    if (length === buffer.length) grow(path);
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return length;
    length += count;
  }
}

function grow(path: string): void {
  if (buffer.length >= fileBytesMax) throw new Error(`${path} is longer than ${fileBytesMax} bytes`);
  const larger = Buffer.allocUnsafe(buffer.length * 2);
  buffer.copy(larger);
  buffer = larger;
}

// What drivers answer for attributes that they have but cannot tell now, and the kernel for those it has not.
const absences: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "EACCES",
  "EPERM",
  "EINVAL",
  "ENODATA",
  "ENODEV",
  "ENXIO",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EAGAIN",
  "EIO",
  "EBUSY",
  "ETIMEDOUT",
  "ESRCH",
]);

export function isAbsence(error: unknown): boolean {
  return error instanceof Error && absences.has((error as NodeJS.ErrnoException).code ?? "");
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** An attribute file without its surrounding blanks; undefined where the kernel or the driver has no answer. */
export function readAttribute(path: string): string | undefined {
  return unlessAbsent(() => readText(path).trim());
}

/** As `readAttribute`, for whole numbers, also hexadecimal ones; undefined for anything else too. */
export function readNumber(path: string): number | undefined {
  const text = readAttribute(path);
  return text === undefined ? undefined : parseNumber(text);
}

/** Undefined unless the whole text is a number. */
export function parseNumber(text: string): number | undefined {
  if (text === "") return undefined;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** Lines without the last empty one. Throws as `readText`. */
export function readLines(path: string): string[] {
  const lines = readText(path).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Names in a folder, sorted; undefined where there is no such folder. */
export function listFolder(path: string): string[] | undefined {
  return unlessAbsent(() => readdirSync(path).sort());
}

/** What a symbolic link holds, or undefined. */
export function readLink(path: string): string | undefined {
  return unlessAbsent(() => readlinkSync(path));
}

/** Words between blanks. */
export function fieldsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === "" ? [] : trimmed.split(/\s+/);
}
