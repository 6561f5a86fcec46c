// Where blocks and checkpoints are made: on this thread, in slices, or in a worker that does one task after the other.
// Comes from: compact/maintenance. Goes to: compact/merge-blocks, compact/head-block, wal/checkpoint. A worker reads blocks,
// chunks_head and log from the disk and open chunks from the head's shared memory.
import { Worker } from "node:worker_threads";
import type { Labels } from "@narthex/model";
import { assert, type FileSystem, nodeFileSystem } from "@narthex/stdx";
import { creationSuffix } from "../block/writer.js";
import { CorruptionError } from "../errors.js";
import { type ThreadWatch, unwatched } from "../options.js";
import { pauses } from "../pause.js";
import { buffersOf } from "../view/head-view.js";
import { type CheckpointTask, type FindAliases, unfinishedCheckpoint, writeCheckpoint } from "../wal/checkpoint.js";
import { openSnappy } from "../wal/compression.js";
import { type AskForSlices, type HeadTask, writeHeadBlock } from "./head-block.js";
import type { HeadSlice } from "./head-slices.js";
import type { HeadSource } from "./head-source.js";
import { type MergeTask, mergeBlocks } from "./merge-blocks.js";
import { type LateTask, writeLateBlocks } from "./out-of-order.js";
import { keptSeriesKernel } from "./series-kernel.js";
import { type ListedSeries, SeriesList } from "./series-list.js";

/** All reject when `signal` aborts; then nothing is left behind. */
export interface BlockBuilder {
  /** Returns the new block's folder, or undefined when nothing is left; `writeHead` too. */
  merge(task: MergeTask, signal: AbortSignal): Promise<string | undefined>;
  /** Asks the source for little at a time, with pauses between. */
  writeHead(task: HeadTask, source: HeadSource, signal: AbortSignal): Promise<string | undefined>;
  /** Takes a slice at a time, with pauses between them; returns the new blocks' folders. */
  writeLate(task: LateTask, slices: Iterable<HeadSlice>, signal: AbortSignal): Promise<readonly string[]>;
  writeCheckpoint(task: CheckpointTask, findAliases: FindAliases | undefined, signal: AbortSignal): Promise<void>;
  /** Lets go of what is kept for a next task. REQUIRES: none is running. */
  rest(): Promise<void>;
}

// Threads need a built file also where this one runs from its source, in tests.
const program = new URL("../../dist/compact/worker.js", import.meta.url);

export type WorkerTask =
  | { readonly kind: "merge"; readonly task: MergeTask }
  | { readonly kind: "head"; readonly task: HeadTask }
  | { readonly kind: "late"; readonly task: LateTask }
  | { readonly kind: "checkpoint"; readonly task: CheckpointTask; readonly hasAliases: boolean };

/**
 * What a worker is sent: a task; with one of the head its series, then their end; with one of late samples their slices, then their end;
 * then answers to its questions, those for slices with an end, too.
 */
export type WorkerMessage =
  | { readonly task: WorkerTask }
  | { readonly list: ListedSeries }
  | { readonly slice: HeadSlice }
  | { readonly isEnd: true }
  | { readonly isAlias: readonly boolean[] };

/** What a worker answers in the end: errors cross threads as what they say. */
export type BuildOutcome =
  | { readonly folders: readonly string[] }
  | { readonly corruption: { readonly what: string; readonly file: string; readonly offset: number } }
  | { readonly failure: { readonly message: string; readonly code: string | undefined } };

/** What a worker with a checkpoint task asks: which of these series has the head? */
export interface AliasQuestion {
  readonly series: readonly Labels[];
}

/** What a worker with a task of the head asks: where are the chunks of these series? One question at a time. */
export interface SlicesQuestion {
  readonly refs: Uint32Array<ArrayBuffer>;
}

export type WorkerQuestion = AliasQuestion | SlicesQuestion;

/** On this thread, stopping for breath between series. */
export function buildHere(fileSystem: FileSystem, nextUlid: () => string): BlockBuilder {
  let startKernel = keptSeriesKernel();
  return {
    merge: (task, signal) => mergeBlocks(task, { fileSystem, pause: abortablePauses(signal), startKernel }),
    async writeHead(task, source, signal) {
      const pause = abortablePauses(signal);
      const list = new SeriesList();
      for (const part of await takenSlowly(source.list(), pause)) list.add(part);
      const ask: AskForSlices = (refs) => () => takenSlowly(source.slices(refs), pause);
      return writeHeadBlock({ list, ask }, task, { fileSystem, pause, startKernel });
    },
    async writeLate(task, slices, signal) {
      const pause = abortablePauses(signal);
      return writeLateBlocks(await takenSlowly(slices, pause), task, { fileSystem, pause, nextUlid });
    },
    writeCheckpoint: (task, findAliases, signal) =>
      writeCheckpoint(task, { fileSystem, snappy: openSnappy(), findAliases, pause: abortablePauses(signal) }),
    rest() {
      startKernel = keptSeriesKernel();
      return Promise.resolve();
    },
  };
}

async function takenSlowly<T>(parts: Iterable<T>, pause: () => Promise<void>): Promise<T[]> {
  const taken: T[] = [];
  for (const part of parts) {
    taken.push(part);
    await pause();
  }
  return taken;
}

/**
 * In a worker, on the real file system. It is kept until `rest`: the tasks of one compaction load its program once, and find
 * its code compiled.
 */
export class WorkerBuilder implements BlockBuilder {
  readonly #beforeThread: () => ThreadWatch;
  #worker: Worker | undefined;
  #watch: ThreadWatch | undefined;

  constructor(beforeThread: () => ThreadWatch = () => unwatched) {
    this.#beforeThread = beforeThread;
  }

  async merge(task: MergeTask, signal: AbortSignal): Promise<string | undefined> {
    const [folder] = await this.#run({ kind: "merge", task }, signal, { unfinished: unfinishedBlock(task) });
    return folder;
  }

  async writeHead(task: HeadTask, source: HeadSource, signal: AbortSignal): Promise<string | undefined> {
    const answer: Answer = (question, worker) => {
      assert("refs" in question, "a worker with a task of the head asks for slices only");
      return feed(worker, slicesFrom(source.slices(question.refs)), signal);
    };
    const run = { unfinished: unfinishedBlock(task), parts: listFrom(source), answer };
    const [folder] = await this.#run({ kind: "head", task }, signal, run);
    return folder;
  }

  // What it leaves behind when it is broken off has names that only it knows: the next compaction or start removes that.
  writeLate(task: LateTask, slices: Iterable<HeadSlice>, signal: AbortSignal): Promise<readonly string[]> {
    return this.#run({ kind: "late", task }, signal, { parts: slicesFrom(slices) });
  }

  async writeCheckpoint(
    task: CheckpointTask,
    findAliases: FindAliases | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const checkpoint = { kind: "checkpoint", task, hasAliases: findAliases !== undefined } as const;
    const answer: Answer = async (question, worker) => {
      assert(
        "series" in question && findAliases !== undefined,
        "a worker asks for aliases only where there may be some",
      );
      worker.postMessage({ isAlias: await findAliases(question.series) } satisfies WorkerMessage);
    };
    await this.#run(checkpoint, signal, { unfinished: unfinishedCheckpoint(task), answer });
  }

  async rest(): Promise<void> {
    const [worker, watch] = [this.#worker, this.#watch];
    this.#worker = undefined;
    this.#watch = undefined;
    await worker?.terminate();
    watch?.ended();
  }

  #start(): Worker {
    const watch = this.#beforeThread();
    this.#watch = watch;
    return new Worker(program).once("message", () => watch.loaded());
  }

  async #run(task: WorkerTask, signal: AbortSignal, run: WorkerRun): Promise<readonly string[]> {
    signal.throwIfAborted();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const stop = (): void => void worker.terminate();
    signal.addEventListener("abort", stop);
    const outcome = outcomeOf(worker, run.answer);
    try {
      worker.postMessage({ task } satisfies WorkerMessage);
      await Promise.all([run.parts && feed(worker, run.parts, signal), outcome]);
      return foldersOf(await outcome);
    } catch (error) {
      await this.rest();
      // A worker that died could not clean up behind itself.
      if (run.unfinished) nodeFileSystem.removeTree(run.unfinished);
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

/** A message, and what it hands over. */
interface Part {
  readonly message: WorkerMessage;
  readonly buffers: readonly ArrayBuffer[];
}

function* listFrom(source: HeadSource): Generator<Part> {
  for (const list of source.list()) {
    const { refs, counts, pairs, newPairs } = list;
    yield { message: { list }, buffers: [refs, counts, pairs, newPairs].map(({ buffer }) => buffer) };
  }
}

function* slicesFrom(slices: Iterable<HeadSlice>): Generator<Part> {
  for (const slice of slices) yield { message: { slice }, buffers: buffersOf(slice.view) };
}

async function feed(worker: Worker, parts: Iterable<Part>, signal: AbortSignal): Promise<void> {
  const pause = abortablePauses(signal);
  for (const { message, buffers } of parts) {
    worker.postMessage(message, buffers);
    await pause();
  }
  worker.postMessage({ isEnd: true } satisfies WorkerMessage);
}

function unfinishedBlock({ directory, ulid }: { readonly directory: string; readonly ulid: string }): string {
  return `${directory}/${ulid}${creationSuffix}`;
}

function abortablePauses(signal: AbortSignal): () => Promise<void> {
  const pause = pauses();
  return () => {
    signal.throwIfAborted();
    return pause();
  };
}

interface WorkerRun {
  /** What the task leaves behind when it is broken off. */
  readonly unfinished?: string;
  /** What follows the task. */
  readonly parts?: Iterable<Part>;
  readonly answer?: Answer;
}

type Answer = (question: WorkerQuestion, worker: Worker) => Promise<void>;

/** What the worker answers in the end. By then no file of the task is open any more. */
function outcomeOf(worker: Worker, answer: Answer = noAnswer): Promise<BuildOutcome> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: BuildOutcome | WorkerQuestion): void => {
      if ("series" in message || "refs" in message) answer(message, worker).catch(reject);
      else end(() => resolve(message));
    };
    const onError = (cause: unknown): void => end(() => reject(new Error("the compaction worker failed", { cause })));
    const onExit = (code: number): void =>
      end(() => reject(new Error(`the compaction worker ended with code ${code} before its work was done`)));
    const end = (settle: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      settle();
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}

function noAnswer(): Promise<void> {
  return Promise.reject(new Error("the compaction worker asks without a reason"));
}

function foldersOf(outcome: BuildOutcome): readonly string[] {
  if ("folders" in outcome) return outcome.folders;
  if ("corruption" in outcome) throw new CorruptionError(outcome.corruption.what, outcome.corruption);
  const { message, code } = outcome.failure;
  throw Object.assign(new Error(message), code === undefined ? {} : { code });
}
