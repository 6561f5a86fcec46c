// Sends an answer in parts, and waits where its client is slower than the worker.
// Comes from: query/evaluate, on a worker. Goes to: query/delivery, on the main thread.
import type { JsonParts } from "@narthex/formats";
import { QueryError } from "@narthex/promql";
import { type Answered, type Control, type Found, type FromWorker, partBytesMax, partsAheadMax } from "./protocol.js";

/** How long a stopped query may go unnoticed by a worker that waits. */
const waitMs = 100;

export type PartSenderOptions = {
  readonly control: Control;
  readonly send: (part: FromWorker) => void;
};

type Body = Uint8Array<ArrayBuffer>;

export class PartSender {
  readonly #options: PartSenderOptions;

  constructor(options: PartSenderOptions) {
    this.#options = options;
  }

  /**
   * `write` gives all parts but the last away and returns that; `head` makes the message of the first. Returns the message of the
   * last, unsent. Throws QueryError when the query is stopped meanwhile.
   */
  inParts(head: (body: Body, hasMore: boolean) => Answered | Found, write: (parts: JsonParts) => Body): FromWorker {
    let count = 0;
    const take = (body: Body): void => {
      this.#options.send(count === 0 ? head(body, true) : { kind: "part", body, hasMore: true });
      count++;
      this.#awaitClient(count);
    };
    const last = write({ bytesMax: partBytesMax, take });
    return count === 0 ? head(last, false) : { kind: "part", body: last, hasMore: false };
  }

  #awaitClient(sentCount: number): void {
    const { stop, taken } = this.#options.control;
    for (;;) {
      if (Atomics.load(stop, 0) !== 0) throw new QueryError("canceled", "canceled");
      const takenCount = Atomics.load(taken, 0);
      if (sentCount - takenCount < partsAheadMax) return;
      Atomics.wait(taken, 0, takenCount, waitMs);
    }
  }
}
