// One process per data directory. The file `lock` names its owner by process id and start time, so that a lock left by
// `kill -9` is known to be stale. See docs/formats/lock.md for what holds against Prometheus, which uses flock(2).
import { existsSync, readFileSync, statSync } from "node:fs";
import type { FileSystem } from "@narthex/stdx";
import { readWholeFile } from "@narthex/stdx";
import { DirectoryLockedError } from "./errors.js";

/** What the lock must know of the processes of this machine. */
export interface Processes {
  readonly ownPid: number;
  /** Tells two processes with one id apart; undefined when there is no such process. */
  startOf(pid: number): string | undefined;
  /** Process that holds flock(2) on the file, as Prometheus does. */
  flockHolder(path: string): number | undefined;
}

export interface DirectoryLock {
  release(): void;
}

/** Of a directory that is not locked. */
export const noLock: DirectoryLock = { release: () => undefined };

/** Throws DirectoryLockedError while another living process has the directory. */
export function lockDirectory(
  directory: string,
  world: { readonly fileSystem: FileSystem; readonly processes: Processes },
): DirectoryLock {
  const { fileSystem, processes } = world;
  const path = `${directory}/lock`;
  const holder = processes.flockHolder(path) ?? livingOwner(path, world);
  if (holder !== undefined) {
    throw new DirectoryLockedError(`data directory ${directory} is in use by process ${holder}`);
  }
  // Whoever removes the stale file first goes on to create; of two creators one fails.
  if (fileSystem.stat(path)) fileSystem.remove(path);
  createLock(path, world);
  return { release: () => releaseLock(path, world) };
}

function createLock(path: string, world: { fileSystem: FileSystem; processes: Processes }): void {
  const { fileSystem, processes } = world;
  try {
    const file = fileSystem.open(path, "create");
    try {
      file.write(new TextEncoder().encode(ownerLine(processes)), 0);
    } finally {
      file.close();
    }
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw cause;
    throw new DirectoryLockedError(`lock ${path} was taken by another process just now`, { cause });
  }
}

function releaseLock(path: string, world: { fileSystem: FileSystem; processes: Processes }): void {
  const { fileSystem, processes } = world;
  if (fileSystem.stat(path) && readText(fileSystem, path) === ownerLine(processes)) fileSystem.remove(path);
}

function ownerLine(processes: Processes): string {
  return `${processes.ownPid} ${processes.startOf(processes.ownPid) ?? "?"}\n`;
}

function livingOwner(
  path: string,
  world: { readonly fileSystem: FileSystem; readonly processes: Processes },
): number | undefined {
  if (!world.fileSystem.stat(path)) return undefined;
  const match = /^(\d+) (\S+)\n$/.exec(readText(world.fileSystem, path));
  // Prometheus leaves the file empty.
  if (!match) return undefined;
  const pid = Number(match[1]);
  return world.processes.startOf(pid) === match[2] ? pid : undefined;
}

function readText(fileSystem: FileSystem, path: string): string {
  return new TextDecoder().decode(readWholeFile(fileSystem, path));
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** The processes of the machine: exact on Linux; elsewhere a process id alone decides. */
export const systemProcesses: Processes = {
  ownPid: process.pid,
  startOf(pid) {
    if (existsSync("/proc/self/stat")) return linuxStart(pid);
    return isAlive(pid) ? "alive" : undefined;
  },
  flockHolder(path) {
    if (!existsSync("/proc/locks") || !existsSync(path)) return undefined;
    const { ino } = statSync(path);
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      const match = /FLOCK\s+\S+\s+WRITE\s+(\d+)\s+\S+:\S+:(\d+)\s/.exec(line);
      if (match && Number(match[2]) === ino) return Number(match[1]);
    }
    return undefined;
  },
};

// Field 22 of /proc/<pid>/stat, in clock ticks since boot; the name before it may hold spaces and parentheses.
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ESRCH") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
