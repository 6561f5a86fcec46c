// Runs programs that print who we are, which configurations of others name in place of a secret.
// Goes to: kubernetes/exec-credential, aws/profile.
import { type ChildProcess, spawn } from "node:child_process";

export type ProgramRun = {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

export const printedBytesMax: number = 1024 * 1024;
/** Of what it complains, for the error. */
const complaintBytesMax = 2048;

/**
 * Resolves with what the program printed. Rejects where it cannot be started or fails, prints or takes too much, or the signal
 * aborts; what it started itself is killed with it.
 */
export function runProgram({ path, args, environment, timeoutMs, signal }: ProgramRun): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // Detached: a group of its own, that can be killed whole.
    const child = spawn(path, args, { env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const printed: Buffer[] = [];
    let printedBytes = 0;
    let complaint = "";
    const end = (error: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      killGroup(child);
      reject(error as Error);
    };
    const timer = setTimeout(() => end(new Error(`it took longer than ${timeoutMs} ms`)), timeoutMs);
    const abort = (): void => end(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", (part: Buffer) => {
      printedBytes += part.length;
      if (printedBytes > printedBytesMax) end(new Error(`it printed more than ${printedBytesMax} bytes`));
      else printed.push(part);
    });
    child.stderr.on("data", (part: Buffer) => {
      if (complaint.length < complaintBytesMax) complaint += part.toString().slice(0, complaintBytesMax);
    });
    child.on("error", end);
    child.on("close", (code, killedBy) => {
      if (code !== 0) {
        end(new Error(`it ended with ${killedBy ?? code}${complaint === "" ? "" : `: ${complaint.trim()}`}`));
        return;
      }
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(Buffer.concat(printed).toString());
    });
  });
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It ended at this moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
