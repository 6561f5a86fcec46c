// A socket to one origin, with at most one exchange at a time: no pipelining.
// Comes from: plain/transport. What the socket reads goes to the exchange's ResponseReader in the same turn, so that one
// buffer serves all sockets.
import { connect, type LookupFunction, type Socket } from "node:net";
import type { Exchange } from "./exchange.js";
import { type HeadMeaning, MalformedResponseError } from "./response-head.js";

export type Origin =
  | { readonly key: string; readonly host: string; readonly port: number }
  | { readonly key: string; readonly socketPath: string };

/** What a connection tells its transport. */
export type ConnectionOwner = {
  readonly lookup: LookupFunction;
  /** Ready for another exchange; `head` is that of the last. */
  rested(connection: Connection, head: HeadMeaning): void;
  ended(connection: Connection): void;
  /** The peer closed an idle connection just when it was used again: nothing of the exchange was answered. */
  repeat(exchange: Exchange, origin: Origin): void;
};

// As large as a body that comes in one piece over loopback.
const readBytes = 256 * 1024;

// uv__read asks for memory, reads and calls back in one go, so that all sockets may read into one place. Windows gives
// memory away before it reads: there every socket has its own.
const isShared = process.platform !== "win32";
let sharedBuffer: Buffer | undefined;

function readBuffer(): Buffer {
  if (!isShared) return Buffer.allocUnsafeSlow(readBytes / 4);
  sharedBuffer ??= Buffer.allocUnsafeSlow(readBytes);
  return sharedBuffer;
}

export class Connection {
  readonly origin: Origin;
  /** Until when the peer keeps it open while it rests, in ms of performance.now(). */
  restsUntil = 0;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  #exchange: Exchange | undefined;
  #isReused = false;
  #hasBytes = false;
  #error: Error | undefined;

  constructor(origin: Origin, owner: ConnectionOwner) {
    this.origin = origin;
    this.#owner = owner;
    const place =
      "socketPath" in origin
        ? { path: origin.socketPath }
        : { host: origin.host, port: origin.port, lookup: owner.lookup };
    const socket = connect({
      ...place,
      noDelay: true,
      keepAlive: true,
      onread: {
        buffer: readBuffer(),
        callback: (count, bytes) => {
          this.#take(bytes as Buffer, count);
          return true;
        },
      },
    });
    socket.on("error", (error) => {
      // Where a name has several addresses, each one's failure; the last stands for all.
      this.#error = error instanceof AggregateError ? (error.errors.at(-1) as Error) : error;
    });
    socket.on("end", () => this.#takeEnd());
    socket.on("close", () => this.#takeClose());
    // The exchanges on their way keep the process (see plain/pending), not the connection.
    socket.unref();
    this.#socket = socket;
  }

  /** REQUIRES: at rest, or just made. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#hasBytes = false;
    exchange.interrupt = () => this.destroy();
    const { head, body } = exchange.request;
    const socket = this.#socket;
    if (body === undefined) {
      socket.write(head, "latin1");
      return;
    }
    socket.cork();
    socket.write(head, "latin1");
    socket.write(body);
    socket.uncork();
  }

  /** Ends at once; an exchange on its way fails. */
  close(): void {
    this.#exchange?.fail(new Error("the HTTP client is closed"));
    this.destroy();
  }

  /** REQUIRES: nobody waits for an exchange here any more. */
  destroy(): void {
    this.#exchange = undefined;
    this.#socket.destroy();
  }

  #take(bytes: Buffer, count: number): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // A peer that speaks unasked is answering something that nobody sent.
      this.destroy();
      return;
    }
    this.#hasBytes = true;
    try {
      const taken = exchange.reader.push(bytes, count);
      if (exchange.reader.isDone) this.#complete(exchange, taken === count);
    } catch (error) {
      exchange.fail(error as Error);
    }
  }

  #complete(exchange: Exchange, isClean: boolean): void {
    const { reader } = exchange;
    this.#exchange = undefined;
    this.#isReused = true;
    if (isClean && reader.isPersistent && this.#socket.writableLength === 0) {
      this.#owner.rested(this, reader.meaning as HeadMeaning);
    } else this.destroy();
    exchange.settle();
  }

  #takeEnd(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) this.destroy();
    else if (!this.#hasBytes && this.#isReused) this.#retire(exchange);
    else this.#finish(exchange);
  }

  #finish(exchange: Exchange): void {
    try {
      exchange.reader.finish();
      this.#complete(exchange, false);
    } catch (error) {
      exchange.fail(error as Error);
    }
  }

  #takeClose(): void {
    this.#owner.ended(this);
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (!this.#hasBytes && this.#isReused) this.#retire(exchange);
    else exchange.fail(this.#error ?? new MalformedResponseError("the connection ended before the response did"));
  }

  // The peer may have ended the connection before it saw the request.
  #retire(exchange: Exchange): void {
    this.destroy();
    if (exchange.mayRepeat) this.#owner.repeat(exchange, this.origin);
    else exchange.fail(this.#error ?? new Error("the server closed the idle connection"));
  }
}
