// Where blocks are merged: on this thread, in slices, or in a worker of its own that ends with the task.
// Comes from: compact/maintenance. Goes to: compact/merge-blocks. A worker shares nothing with us but the disk.
import { Worker } from "node:worker_threads";
import { nodeFileSystem } from "@narthex/stdx";
import { creationSuffix } from "../block/writer.js";
import { CorruptionError } from "../errors.js";
import { pauses } from "../pause.js";
import { type MergeSurroundings, type MergeTask, mergeBlocks } from "./merge-blocks.js";

/** Returns the new block's folder, or undefined when nothing is left. Rejects when `signal` aborts; then nothing is left behind. */
export type Merger = (task: MergeTask, signal: AbortSignal) => Promise<string | undefined>;

/** What a worker answers: errors cross threads as what they say. */
export type MergeOutcome =
  | { readonly folder: string | undefined }
  | { readonly corruption: { readonly what: string; readonly file: string; readonly offset: number } }
  | { readonly failure: { readonly message: string; readonly code: string | undefined } };

/** On this thread, stopping for breath between series. */
export function mergeHere(fileSystem: MergeSurroundings["fileSystem"]): Merger {
  return (task, signal) => {
    const pause = pauses();
    return mergeBlocks(task, {
      fileSystem,
      pause: () => {
        signal.throwIfAborted();
        return pause();
      },
    });
  };
}

/** In a worker, on the real file system. */
export const mergeInWorker: Merger = async (task, signal) => {
  signal.throwIfAborted();
  const worker = new Worker(workerUrl(), { workerData: task });
  const stop = (): void => void worker.terminate();
  signal.addEventListener("abort", stop);
  try {
    return folderOf(await outcomeOf(worker));
  } catch (error) {
    // A worker that died could not clean up behind itself.
    nodeFileSystem.removeTree(`${task.directory}/${task.ulid}${creationSuffix}`);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
};

/** Workers run built files, also where the tests run sources. */
function workerUrl(): URL {
  return new URL("./merge-worker.js", import.meta.url.replace("/packages/tsdb/src/", "/packages/tsdb/dist/"));
}

/** Resolves when the worker has ended, so that no file of it is open any more. */
function outcomeOf(worker: Worker): Promise<MergeOutcome> {
  return new Promise((resolve, reject) => {
    let outcome: MergeOutcome | undefined;
    worker.once("message", (message: MergeOutcome) => {
      outcome = message;
    });
    worker.once("error", (cause) => reject(new Error("the compaction worker failed", { cause })));
    worker.once("exit", (code) => {
      if (outcome) resolve(outcome);
      else reject(new Error(`the compaction worker ended with code ${code} before its work was done`));
    });
  });
}

function folderOf(outcome: MergeOutcome): string | undefined {
  if ("folder" in outcome) return outcome.folder;
  if ("corruption" in outcome) throw new CorruptionError(outcome.corruption.what, outcome.corruption);
  const { message, code } = outcome.failure;
  throw Object.assign(new Error(message), code === undefined ? {} : { code });
}
