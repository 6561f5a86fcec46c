// Runs commands of the program within the test, and their peers beside it.
import { execFile, spawnSync } from "node:child_process";
import { vi } from "vitest";
import { findCommand } from "../command.js";
import { commands, leadingValueFlags } from "../commands.js";

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Rejects where the command does. */
export async function runNarthex(...args: readonly string[]): Promise<Ran> {
  const found = findCommand(commands, args, leadingValueFlags);
  if (!found) throw new Error(`no command in ${args.join(" ")}`);
  const { name, summary, load } = found.command;
  const run = await load();
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((part) => {
      printed[stream] += String(part);
      return true;
    }),
  );
  try {
    return { code: await run({ name, summary, args: found.args }), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

export function runPeer(program: string, args: readonly string[], input = ""): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", input, maxBuffer: 1 << 30 });
  return { code: status ?? -1, stdout, stderr };
}

export function hasPeer(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

/** For peers that call a server of the test. */
export function runPeerAsync(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}
