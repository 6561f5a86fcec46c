// The thread that builds a block: takes one task, answers once, ends.
// Comes from: compact/builder. What the work allocates goes with the thread.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { nodeFileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import type { BuildOutcome, WorkerMessage, WorkerTask } from "./builder.js";
import { HeadBlock, type HeadTask } from "./head-block.js";
import { mergeBlocks } from "./merge-blocks.js";

// builder.ts starts this file with a task, and nothing else does.
const { kind, task } = workerData as WorkerTask;
const port = parentPort as MessagePort;
const surroundings = { fileSystem: nodeFileSystem, pause: (): Promise<void> => Promise.resolve() };

async function build(): Promise<BuildOutcome> {
  try {
    return { folder: kind === "merge" ? await mergeBlocks(task, surroundings) : await buildHead(task) };
  } catch (error) {
    return outcomeOfError(error);
  }
}

async function buildHead(headTask: HeadTask): Promise<string | undefined> {
  const block = new HeadBlock();
  await new Promise<void>((resolve) => {
    port.on("message", (message: WorkerMessage) => {
      if ("slice" in message) block.add(message.slice);
      else resolve();
    });
  });
  return block.write(headTask, surroundings);
}

function outcomeOfError(error: unknown): BuildOutcome {
  if (error instanceof CorruptionError) {
    return { corruption: { what: error.what, file: error.file, offset: error.offset } };
  }
  const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
  const message = error instanceof Error ? error.message : String(error);
  return { failure: { message, code: isCoded ? (error as { code: string }).code : undefined } };
}

port.postMessage(await build());
port.close();
