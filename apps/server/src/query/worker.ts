// A query worker: a thread that evaluates one query at a time and prints its answer.
// Comes from: query/thread, by messages. It reads the head through views and shared memory, blocks from their files.
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { TsdbReader } from "@narthex/tsdb";
import { Evaluator } from "./evaluate.js";
import type { FromWorker, Loaded, ToWorker, WorkerSetup } from "./protocol.js";

/** About a third of the main thread's share of a core that both want. */
const queryNice = 5;

// What the main thread gave it at the start.
const { engine, path, blockCacheBytesMax, control, parallel, alone } = workerData as WorkerSetup;
const reader = new TsdbReader({ path, blockCacheBytesMax });
const evaluator = new Evaluator({
  engine,
  reader,
  control,
  ...(alone ? {} : { parallel: { memory: parallel, onHelpWanted: (wanted) => parentPort?.postMessage(wanted) } }),
  stopwatchMs: () => performance.now(),
  send,
});

// Where cores are few, scrapes go first. On Linux a priority is a thread's own; elsewhere it would be the whole process'.
function yieldToScrapes(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(queryNice);
  } catch {
    // Some sandboxes forbid even that; then queries have the priority of all else.
  }
}

yieldToScrapes();

function send(answer: FromWorker): void {
  const body = "body" in answer ? answer.body : undefined;
  parentPort?.postMessage(answer, body ? [body.buffer] : []);
}

parentPort?.on("message", (message: ToWorker) => {
  if (message.kind === "blocks") reader.retain(message.blocks);
  else send(evaluator.answer(message));
});

const loaded: Loaded = { kind: "loaded" };
parentPort?.postMessage(loaded);
