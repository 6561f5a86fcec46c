// Connections beyond the limit wait, in the order in which they came, until one before them ends: as behind Go's
// netutil.LimitListener, where they wait in the kernel. Node takes every connection at once, so here they wait unread.
import type { Server, Socket } from "node:net";

export type ConnectionLimitOptions = {
  readonly openMax: number;
  /** As many as Linux keeps for a program that does not accept; a further one is closed. */
  readonly waitingMax?: number;
};

const waitingDefaultMax = 4096;

/** Of one or several servers together. */
export class ConnectionLimit {
  readonly #openMax: number;
  readonly #waitingMax: number;
  /** Sockets that nobody reads yet, and what lets them in. */
  readonly #waiting = new Map<Socket, () => void>();
  #open = 0;

  constructor({ openMax, waitingMax = waitingDefaultMax }: ConnectionLimitOptions) {
    this.#openMax = openMax;
    this.#waitingMax = waitingMax;
  }

  /** REQUIRES: all that the server does with connections is set up. */
  guard(server: Server): void {
    const listeners = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      this.#come(socket, () => {
        for (const listener of listeners) listener.call(server, socket);
      });
    });
  }

  /** Those that wait are closed. */
  close(): void {
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  #come(socket: Socket, letIn: () => void): void {
    if (this.#open < this.#openMax) this.#letIn(socket, letIn);
    else if (this.#waiting.size < this.#waitingMax) this.#wait(socket, letIn);
    else socket.destroy();
  }

  #wait(socket: Socket, letIn: () => void): void {
    // "close" follows, and tells enough of one that was reset.
    const ignore = (): void => {};
    const leave = (): void => void this.#waiting.delete(socket);
    socket.on("error", ignore);
    socket.on("close", leave);
    this.#waiting.set(socket, () => {
      socket.off("error", ignore);
      socket.off("close", leave);
      this.#letIn(socket, letIn);
    });
  }

  #letIn(socket: Socket, letIn: () => void): void {
    this.#open++;
    socket.once("close", () => {
      this.#open--;
      this.#next();
    });
    letIn();
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first) return;
    const [socket, letIn] = first;
    this.#waiting.delete(socket);
    letIn();
  }
}
