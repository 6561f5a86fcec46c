// The thread that makes a block or a checkpoint: takes one task, answers once, ends.
// Comes from: compact/builder. What the work allocates goes with the thread.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Labels } from "@narthex/model";
import { assert, nodeFileSystem } from "@narthex/stdx";
import { CorruptionError } from "../errors.js";
import { writeCheckpoint } from "../wal/checkpoint.js";
import { openSnappy } from "../wal/compression.js";
import type { AliasQuestion, BuildOutcome, WorkerMessage, WorkerTask } from "./builder.js";
import { HeadBlock, type HeadTask } from "./head-block.js";
import { mergeBlocks } from "./merge-blocks.js";

// builder.ts starts this file with a task, and nothing else does.
const workerTask = workerData as WorkerTask;
const port = parentPort as MessagePort;
const surroundings = { fileSystem: nodeFileSystem, pause: (): Promise<void> => Promise.resolve() };

async function build(): Promise<BuildOutcome> {
  try {
    return { folder: await folderOf(workerTask) };
  } catch (error) {
    return outcomeOfError(error);
  }
}

async function folderOf(given: WorkerTask): Promise<string | undefined> {
  if (given.kind === "merge") return mergeBlocks(given.task, surroundings);
  if (given.kind === "head") return buildHead(given.task);
  const findAliases = given.hasAliases ? askForAliases : undefined;
  await writeCheckpoint(given.task, { ...surroundings, snappy: openSnappy(), findAliases });
  return undefined;
}

/** The thread that owns the head answers. */
function askForAliases(series: readonly Labels[]): Promise<readonly boolean[]> {
  return new Promise((resolve) => {
    port.once("message", (message: WorkerMessage) => {
      assert("isAlias" in message, "a question is answered before another is asked");
      resolve(message.isAlias);
    });
    port.postMessage({ series } satisfies AliasQuestion);
  });
}

async function buildHead(headTask: HeadTask): Promise<string | undefined> {
  const block = new HeadBlock();
  await new Promise<void>((resolve) => {
    port.on("message", (message: WorkerMessage) => {
      if ("slice" in message) block.add(message.slice);
      else if ("isEnd" in message) resolve();
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
