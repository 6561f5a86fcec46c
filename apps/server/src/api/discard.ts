// Gives a large buffer's memory back as soon as it is of no use: the collector sees a small object, and would wait for many.
// Comes from: api/respond, when an answer is sent.
import { MessageChannel } from "node:worker_threads";

const { port1: closed } = new MessageChannel();
closed.close();

/** REQUIRES: nobody reads or writes the buffer any more. It is empty afterwards. */
export function discardBuffer(buffer: ArrayBuffer): void {
  // What is handed to a closed port arrives nowhere.
  closed.postMessage(undefined, [buffer]);
}
