// Where blocks are built: on this thread, in slices, or in a worker of its own that ends with the task.
// Comes from: compact/maintenance. Goes to: compact/merge-blocks, compact/head-block. A worker reads blocks and chunks_head
// from the disk and open chunks from the head's shared memory.
import { Worker } from "node:worker_threads";
import { type FileSystem, nodeFileSystem } from "@narthex/stdx";
import { creationSuffix } from "../block/writer.js";
import { CorruptionError } from "../errors.js";
import { pauses } from "../pause.js";
import { buffersOf } from "../view/head-view.js";
import { HeadBlock, type HeadTask } from "./head-block.js";
import type { HeadSlice } from "./head-slices.js";
import { type MergeTask, mergeBlocks } from "./merge-blocks.js";

/** Both return the new block's folder, or undefined when nothing is left. They reject when `signal` aborts; then nothing is left behind. */
export interface BlockBuilder {
  merge(task: MergeTask, signal: AbortSignal): Promise<string | undefined>;
  /** Takes a slice at a time, with pauses between them. */
  writeHead(task: HeadTask, slices: Iterable<HeadSlice>, signal: AbortSignal): Promise<string | undefined>;
}

// Threads need a built file also where this one runs from its source, in tests.
const program = new URL("../../dist/compact/worker.js", import.meta.url);

export type WorkerTask =
  | { readonly kind: "merge"; readonly task: MergeTask }
  | { readonly kind: "head"; readonly task: HeadTask };

/** What a worker with a head task is sent: slices, then the end. */
export type WorkerMessage = { readonly slice: HeadSlice } | { readonly isEnd: true };

/** What a worker answers: errors cross threads as what they say. */
export type BuildOutcome =
  | { readonly folder: string | undefined }
  | { readonly corruption: { readonly what: string; readonly file: string; readonly offset: number } }
  | { readonly failure: { readonly message: string; readonly code: string | undefined } };

/** On this thread, stopping for breath between series. */
export function buildHere(fileSystem: FileSystem): BlockBuilder {
  return {
    merge: (task, signal) => mergeBlocks(task, { fileSystem, pause: abortablePauses(signal) }),
    async writeHead(task, slices, signal) {
      const pause = abortablePauses(signal);
      const block = new HeadBlock();
      for (const slice of slices) {
        block.add(slice);
        await pause();
      }
      return block.write(task, { fileSystem, pause });
    },
  };
}

/** In a worker, on the real file system. */
export const buildInWorker: BlockBuilder = {
  merge: (task, signal) => runWorker({ kind: "merge", task }, signal, async () => undefined),
  writeHead: (task, slices, signal) =>
    runWorker({ kind: "head", task }, signal, async (worker) => {
      const pause = abortablePauses(signal);
      for (const slice of slices) {
        worker.postMessage({ slice } satisfies WorkerMessage, buffersOf(slice.view));
        await pause();
      }
      worker.postMessage({ isEnd: true } satisfies WorkerMessage);
    }),
};

function abortablePauses(signal: AbortSignal): () => Promise<void> {
  const pause = pauses();
  return () => {
    signal.throwIfAborted();
    return pause();
  };
}

async function runWorker(
  workerData: WorkerTask,
  signal: AbortSignal,
  feed: (worker: Worker) => Promise<void>,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const worker = new Worker(program, { workerData });
  const stop = (): void => void worker.terminate();
  signal.addEventListener("abort", stop);
  const outcome = outcomeOf(worker);
  try {
    await Promise.all([feed(worker), outcome]);
    return folderOf(await outcome);
  } catch (error) {
    await worker.terminate();
    // A worker that died could not clean up behind itself.
    const { directory, ulid } = workerData.task;
    nodeFileSystem.removeTree(`${directory}/${ulid}${creationSuffix}`);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Resolves when the worker has ended, so that no file of it is open any more. */
function outcomeOf(worker: Worker): Promise<BuildOutcome> {
  return new Promise((resolve, reject) => {
    let outcome: BuildOutcome | undefined;
    worker.once("message", (message: BuildOutcome) => {
      outcome = message;
    });
    worker.once("error", (cause) => reject(new Error("the compaction worker failed", { cause })));
    worker.once("exit", (code) => {
      if (outcome) resolve(outcome);
      else reject(new Error(`the compaction worker ended with code ${code} before its work was done`));
    });
  });
}

function folderOf(outcome: BuildOutcome): string | undefined {
  if ("folder" in outcome) return outcome.folder;
  if ("corruption" in outcome) throw new CorruptionError(outcome.corruption.what, outcome.corruption);
  const { message, code } = outcome.failure;
  throw Object.assign(new Error(message), code === undefined ? {} : { code });
}
