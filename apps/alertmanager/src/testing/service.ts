// Starts our Alertmanager, or Debian's, for tests, on free ports and in a folder of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, parseFlags } from "@narthex/service";
import { alertmanagerFlags } from "../flags.js";
import { startAlertmanager } from "../main.js";

export interface TestService {
  readonly url: string;
  /** Logged lines. */
  readonly lines: readonly string[];
  writeConfig(text: string): void;
  reload(): Promise<void>;
  /** Ends the service and keeps its folder. */
  stop(): Promise<void>;
}

export interface TestServiceRequest {
  readonly folder: string;
  readonly config: string;
  readonly args?: readonly string[];
}

export function makeFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "narthex-alertmanager-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function configWriter(request: TestServiceRequest): { file: string; write: (text: string) => void } {
  const file = join(request.folder, "alertmanager.yml");
  const write = (text: string): void => writeFileSync(file, text);
  write(request.config);
  return { file, write };
}

export async function startOurs(request: TestServiceRequest): Promise<TestService> {
  const { file, write } = configWriter(request);
  const lines: string[] = [];
  const flags = parseFlags({
    name: "alertmanager",
    description: "",
    table: alertmanagerFlags,
    args: withDefaults(request.args ?? [], {
      "config.file": file,
      "storage.path": join(request.folder, "data"),
      "web.listen-address": "127.0.0.1:0",
    }),
  });
  const logger = createLogger({ level: "debug", format: "logfmt", write: (line) => lines.push(line) });
  const running = await startAlertmanager({ flags, logger });
  const url = running.urls[0] as string;
  return { url, lines, writeConfig: write, reload: () => running.reload(), stop: () => running.close() };
}

// A flag that is given twice is refused.
function withDefaults(args: readonly string[], defaults: Readonly<Record<string, string>>): string[] {
  const missing = Object.entries(defaults).filter(([name]) => !args.some((arg) => arg.startsWith(`--${name}=`)));
  return [...missing.map(([name, value]) => `--${name}=${value}`), ...args];
}

/** Whether a program is installed. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync("which", [name], { stdio: "ignore" });
    return true;
  } catch {
    return false; // `which` says no by its exit code.
  }
}

export async function startDebian(request: TestServiceRequest): Promise<TestService> {
  const { file, write } = configWriter(request);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const child = spawn(
    "prometheus-alertmanager",
    [
      `--config.file=${file}`,
      `--storage.path=${join(request.folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
      ...(request.args ?? []),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  await listening(child, lines);
  return {
    url,
    lines,
    writeConfig: write,
    async reload() {
      const response = await fetch(`${url}/-/reload`, { method: "POST" });
      if (!response.ok) throw new Error(await response.text());
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

function listening(child: ChildProcess, lines: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`prometheus-alertmanager ended: ${lines.join("")}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      lines.push(chunk.toString());
      if (lines.join("").includes("Listening on")) resolve();
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
