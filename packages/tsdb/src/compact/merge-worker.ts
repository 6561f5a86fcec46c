// The thread that merges blocks: takes one task, answers once, ends.
// Comes from: compact/merger. What the work allocates goes with the thread.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { nodeFileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import { type MergeTask, mergeBlocks } from "./merge-blocks.js";
import type { MergeOutcome } from "./merger.js";

// merger.ts starts this file with a task and nothing else does.
const task = workerData as MergeTask;
const port = parentPort as MessagePort;

async function outcome(): Promise<MergeOutcome> {
  try {
    return { folder: await mergeBlocks(task, { fileSystem: nodeFileSystem, pause: () => Promise.resolve() }) };
  } catch (error) {
    return outcomeOfError(error);
  }
}

function outcomeOfError(error: unknown): MergeOutcome {
  if (error instanceof CorruptionError) {
    return { corruption: { what: error.what, file: error.file, offset: error.offset } };
  }
  const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
  const message = error instanceof Error ? error.message : String(error);
  return { failure: { message, code: isCoded ? (error as { code: string }).code : undefined } };
}

port.postMessage(await outcome());
