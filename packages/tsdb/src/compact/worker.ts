// The thread that makes blocks and checkpoints: takes a task, answers it, waits for the next.
// Comes from: compact/builder, which ends it when there is nothing more to do.
import { type MessagePort, parentPort } from "node:worker_threads";
import type { Labels } from "@narthex/model";
import { assert, nodeFileSystem } from "@narthex/stdx";
import { makeUlid } from "../block/meta.js";
import { CorruptionError } from "../errors.js";
import { writeCheckpoint } from "../wal/checkpoint.js";
import { openSnappy } from "../wal/compression.js";
import type { AliasQuestion, BuildOutcome, SlicesQuestion, WorkerMessage, WorkerTask } from "./builder.js";
import { writeHeadBlock } from "./head-block.js";
import type { HeadSlice } from "./head-slices.js";
import { mergeBlocks } from "./merge-blocks.js";
import { writeLateBlocks } from "./out-of-order.js";
import { keptSeriesKernel } from "./series-kernel.js";
import { SeriesList } from "./series-list.js";

// builder.ts starts this file, and nothing else does.
const port = parentPort as MessagePort;
const surroundings = {
  fileSystem: nodeFileSystem,
  pause: (): Promise<void> => Promise.resolve(),
  nextUlid: (): string => makeUlid(Date.now(), Math.random),
  startKernel: keptSeriesKernel(),
};

/** Messages in the order in which they come. */
const arrived: WorkerMessage[] = [];
let takeNext: ((message: WorkerMessage) => void) | undefined;

function receive(message: WorkerMessage): void {
  if (!takeNext) {
    arrived.push(message);
    return;
  }
  const take = takeNext;
  takeNext = undefined;
  take(message);
}

function nextMessage(): Promise<WorkerMessage> {
  const message = arrived.shift();
  if (message) return Promise.resolve(message);
  return new Promise((resolve) => {
    takeNext = resolve;
  });
}

async function build(given: WorkerTask): Promise<BuildOutcome> {
  try {
    return { folders: await foldersOf(given) };
  } catch (error) {
    return outcomeOfError(error);
  }
}

async function foldersOf(given: WorkerTask): Promise<readonly string[]> {
  if (given.kind === "merge") return listOf(await mergeBlocks(given.task, surroundings));
  if (given.kind === "head") {
    const list = await receiveList();
    return listOf(await writeHeadBlock({ list, ask: askForSlices }, given.task, surroundings));
  }
  if (given.kind === "late") return writeLateBlocks(await receiveSlices(), given.task, surroundings);
  const findAliases = given.hasAliases ? askForAliases : undefined;
  await writeCheckpoint(given.task, { ...surroundings, snappy: openSnappy(), findAliases });
  return [];
}

function listOf(folder: string | undefined): string[] {
  return folder === undefined ? [] : [folder];
}

/** The thread that owns the head answers. */
async function askForAliases(series: readonly Labels[]): Promise<readonly boolean[]> {
  port.postMessage({ series } satisfies AliasQuestion);
  const message = await nextMessage();
  assert("isAlias" in message, "a question is answered before anything else comes");
  return message.isAlias;
}

async function receiveList(): Promise<SeriesList> {
  const list = new SeriesList();
  for (let message = await nextMessage(); !("isEnd" in message); message = await nextMessage()) {
    assert("list" in message, "series follow their task, and then their end");
    list.add(message.list);
  }
  return list;
}

/** The thread that owns the head answers. */
function askForSlices(refs: Uint32Array<ArrayBuffer>): () => Promise<HeadSlice[]> {
  port.postMessage({ refs } satisfies SlicesQuestion);
  return receiveSlices;
}

async function receiveSlices(): Promise<HeadSlice[]> {
  const slices: HeadSlice[] = [];
  for (let message = await nextMessage(); !("isEnd" in message); message = await nextMessage()) {
    assert("slice" in message, "slices come until their end");
    slices.push(message.slice);
  }
  return slices;
}

function outcomeOfError(error: unknown): BuildOutcome {
  if (error instanceof CorruptionError) {
    return { corruption: { what: error.what, file: error.file, offset: error.offset } };
  }
  const isCoded = error instanceof Error && "code" in error && typeof error.code === "string";
  const message = error instanceof Error ? error.message : String(error);
  return { failure: { message, code: isCoded ? (error as { code: string }).code : undefined } };
}

async function work(): Promise<never> {
  for (;;) {
    const message = await nextMessage();
    assert("task" in message, "between tasks nothing else comes");
    port.postMessage(await build(message.task));
  }
}

port.on("message", receive);
// Whatever ends it is a bug, which builder.ts is told of as the thread's error.
void work();
