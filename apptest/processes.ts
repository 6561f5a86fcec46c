// Starts programs for a test and ends them with it.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { eventually } from "./eventually.js";

export const root: string = fileURLToPath(new URL("..", import.meta.url));
const narthexProgram = join(root, "apps", "narthex", "bundle", "main.js");

export type Running = {
  readonly child: ChildProcess;
  /** Everything printed so far, standard output and error. */
  output(): string;
  /** Resolves when the process has ended. */
  exit(): Promise<number | NodeJS.Signals>;
  kill(signal?: NodeJS.Signals): Promise<void>;
};

type Started = Running & { readonly commandLine: string };

/** Of the test at work, ended ones too. */
const started: Started[] = [];
const folders: string[] = [];
const shownCharactersMax = 4000;

afterEach(async ({ task }) => {
  const processes = started.splice(0);
  if (task.result?.state === "fail") for (const one of processes) showOutput(one);
  await Promise.all(processes.map((one) => one.kill("SIGKILL")));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function showOutput(one: Started): void {
  console.log(`--- ${one.commandLine}\n${one.output().slice(-shownCharactersMax)}`);
}

export function start(command: string, args: readonly string[], cwd: string = root): Running {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (part: Buffer) => (output += part.toString()));
  child.stderr.on("data", (part: Buffer) => (output += part.toString()));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("error", (error) => {
      output += error.message;
      resolve(-1);
    });
    child.on("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  const one: Started = {
    commandLine: [command, ...args].join(" "),
    child,
    output: () => output,
    exit: () => ended,
    async kill(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
  started.push(one);
  return one;
}

export function startNarthex(args: readonly string[], cwd?: string): Running {
  return start(process.execPath, [narthexProgram, ...args], cwd);
}

/** Runs to the end. */
export async function runNarthex(
  args: readonly string[],
  cwd?: string,
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const one = startNarthex(args, cwd);
  const code = await one.exit();
  return { code, output: one.output() };
}

/** Resolves when the URL answers 200; fails at once when the process ends. */
export async function answers(one: Running, url: string, withinMs = 30_000): Promise<void> {
  let ended = false;
  void one.exit().then(() => (ended = true));
  await eventually(
    `${url} answers`,
    async () => {
      if (ended) return true;
      return (await fetch(url)).ok;
    },
    withinMs,
  );
  if (ended) throw new Error(`the process ended early:\n${one.output()}`);
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "narthex-apptest-"));
  folders.push(folder);
  return folder;
}

// Below those that Linux, macOS and Windows give to connections on their way out: such a one would take a port away between
// the choice and the program's start, or while the program is started anew. Files that run at once share none.
const portsFirst = 10_000;
const portsPerFile = 2500;
const ownPortsFirst = portsFirst + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 8) * portsPerFile;
let nextPort = Math.floor(Math.random() * portsPerFile);

/** Ports that nobody listens on at the moment, nor was given before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = ownPortsFirst + (nextPort++ % portsPerFile);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Path of a program that may be missing from the machine. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
