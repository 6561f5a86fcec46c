// The thread that sends: reads the log by itself, encodes, compresses and sends, so that none of that holds up a scrape.
// Comes from: remote/send/sender, by messages. The work is done in send/queues.
import { parentPort, workerData } from "node:worker_threads";
import { labelsFromSorted } from "@narthex/model";
import { systemClock } from "@narthex/stdx";
import { watchWalFolder } from "@narthex/tsdb";
import type { RemoteWriteConfig } from "../../config/remote-write.js";
import { unpack } from "./crossing.js";
import { QueueNumbers } from "./numbers.js";
import { type FromSender, Intake, type SendSetup, type ToSender } from "./protocol.js";
import { Queues } from "./queues.js";
import { writeHttp } from "./write-http.js";

// What the main thread gave it at the start.
const { walPath, startTime, userAgent, flushDeadlineMs, addsTypeAndUnit, intake } = workerData as SendSetup;

const queues = new Queues({
  watch: (options) => watchWalFolder(walPath, options),
  startTime,
  flushDeadlineMs,
  addsTypeAndUnit,
  intake: new Intake(intake),
  clock: systemClock,
  connect: (config) => writeHttp(config, { userAgent, clock: systemClock }),
  log: (level, fields, text) => tell({ kind: "log", level, fields, text }),
});

let running: Promise<void> = Promise.resolve();

parentPort?.on("message", (message: ToSender) => {
  if (message.kind === "metadata") {
    queues.setFamilies(message.families);
    return;
  }
  running = running
    .then(() => run(message))
    .then(
      () => tell({ kind: "done", id: message.id }),
      (error: unknown) => tell({ kind: "done", id: message.id, error: (error as Error).message }),
    );
});

function run(message: Exclude<ToSender, { readonly kind: "metadata" }>): Promise<void> {
  if (message.kind === "close") return queues.close();
  const applied = message.remotes.map(({ config, numbers, follows, from, ...remote }) => ({
    // As packed by the main thread.
    remote: { ...remote, config: unpack(config) as RemoteWriteConfig },
    numbers: new QueueNumbers(numbers),
    follows,
    from,
  }));
  return queues.apply(applied, labelsFromSorted([...message.externalLabels]));
}

function tell(message: FromSender): void {
  parentPort?.postMessage(message);
}
