// The thread that makes a block or a checkpoint: takes one task, answers once, ends.
// Comes from: compact/builder. What the work allocates goes with the thread.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Labels } from "@narthex/model";
import { assert, nodeFileSystem } from "@narthex/stdx";
import { makeUlid } from "../block/meta.js";
import { CorruptionError } from "../errors.js";
import { writeCheckpoint } from "../wal/checkpoint.js";
import { openSnappy } from "../wal/compression.js";
import type { AliasQuestion, BuildOutcome, WorkerMessage, WorkerTask } from "./builder.js";
import { HeadParts, writeHeadBlock } from "./head-block.js";
import { mergeBlocks } from "./merge-blocks.js";
import { writeLateBlocks } from "./out-of-order.js";

// builder.ts starts this file with a task, and nothing else does.
const workerTask = workerData as WorkerTask;
const port = parentPort as MessagePort;
const surroundings = {
  fileSystem: nodeFileSystem,
  pause: (): Promise<void> => Promise.resolve(),
  nextUlid: (): string => makeUlid(Date.now(), Math.random),
};

async function build(): Promise<BuildOutcome> {
  try {
    return { folders: await foldersOf(workerTask) };
  } catch (error) {
    return outcomeOfError(error);
  }
}

async function foldersOf(given: WorkerTask): Promise<readonly string[]> {
  if (given.kind === "merge") return listOf(await mergeBlocks(given.task, surroundings));
  if (given.kind === "head") return listOf(await writeHeadBlock(await receiveParts(), given.task, surroundings));
  if (given.kind === "late") return writeLateBlocks(await receiveParts(), given.task, surroundings);
  const findAliases = given.hasAliases ? askForAliases : undefined;
  await writeCheckpoint(given.task, { ...surroundings, snappy: openSnappy(), findAliases });
  return [];
}

function listOf(folder: string | undefined): string[] {
  return folder === undefined ? [] : [folder];
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

async function receiveParts(): Promise<HeadParts> {
  const parts = new HeadParts();
  await new Promise<void>((resolve) => {
    port.on("message", (message: WorkerMessage) => {
      if ("slice" in message) parts.add(message.slice);
      else if ("isEnd" in message) resolve();
    });
  });
  return parts;
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
