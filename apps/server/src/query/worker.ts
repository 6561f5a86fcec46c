// A query worker: a thread that evaluates one query at a time and prints its answer.
// Comes from: query/thread, by messages. It reads the head through views and shared memory, blocks from their files.
import { parentPort, workerData } from "node:worker_threads";
import { TsdbReader } from "@narthex/tsdb";
import { Evaluator } from "./evaluate.js";
import type { FromWorker, ToWorker, WorkerSetup } from "./protocol.js";

// What the main thread gave it at the start.
const { engine, path, blockCacheBytesMax, control } = workerData as WorkerSetup;
const reader = new TsdbReader({ path, blockCacheBytesMax });
const evaluator = new Evaluator({ engine, reader, control, stopwatchMs: () => performance.now() });

function send(answer: FromWorker): void {
  const body = answer.kind === "answered" ? answer.body : undefined;
  parentPort?.postMessage(answer, body ? [body.buffer] : []);
}

parentPort?.on("message", (message: ToWorker) => {
  if (message.kind === "query") send(evaluator.answer(message));
  else reader.retain(message.blocks);
});
