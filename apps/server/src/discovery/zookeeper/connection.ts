// One session with one ZooKeeper server: reads nodes and is told when they change. A session that ends is not taken up
// again: what was read is read anew in another. Comes from: zookeeper/provider. Goes to: the ensemble.
import { connect, type Socket } from "node:net";
import type { Clock } from "@narthex/stdx";
import { Frames, printFrame, WireReader, type WireValue } from "./wire.js";

/** A server sends no node above 1 MiB unless it is told to (jute.maxbuffer). */
export const frameBytesMax: number = 8 * 1024 * 1024;

const operations = { exists: 3, data: 4, children: 8, ping: 11, close: -11 } as const;
const noNode = -101;
const watchXid = -1;
const pingXid = -2;
export const events = { created: 1, deleted: 2, data: 3, children: 4 } as const;

export type NodeEvent = { readonly type: number; readonly path: string };

export type ConnectionOptions = {
  /** host or host:port. */
  readonly server: string;
  readonly sessionTimeoutMs: number;
  readonly clock: Clock;
  readonly onEvent: (event: NodeEvent) => void;
  /** The session is over, whoever ended it. Called once. */
  readonly onEnd: (error: Error) => void;
};

type Waiting = { readonly resolve: (reader: WireReader | undefined) => void; readonly reject: (error: Error) => void };

export class ZookeeperConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #frames = new Frames(frameBytesMax);
  readonly #waiting = new Map<number, Waiting>();
  /** The server's word: it may grant less than was asked for. */
  #sessionTimeoutMs: number;
  #xid = 0;
  #isOpen = false;
  #isEnded = false;
  #cancelPing = (): void => {};
  #cancelDeadline = (): void => {};
  #onOpen = (): void => {};

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    const [, host = "", port = "2181"] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(options.server) ?? [];
    this.#socket = connect({ host, port: Number(port) });
    this.#socket.on("data", (bytes) => this.#take(bytes));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("the connection ended")));
    this.#socket.on("connect", () => this.#socket.write(this.#greeting()));
  }

  /** Rejects where no session comes about. */
  static open(options: ConnectionOptions): Promise<ZookeeperConnection> {
    return new Promise((resolve, reject) => {
      const onEnd = (error: Error): void => {
        reject(error);
        options.onEnd(error);
      };
      const connection = new ZookeeperConnection({ ...options, onEnd });
      connection.#onOpen = () => resolve(connection);
      connection.#expectAnswer();
    });
  }

  /** Undefined where there is no such node. The next change of its data, or its end, is told. */
  async data(path: string): Promise<Buffer | undefined> {
    return (await this.#ask(operations.data, path, true))?.buffer();
  }

  /** Names of the nodes below; undefined where there is no such node. The next change of them is told. */
  async children(path: string): Promise<string[] | undefined> {
    return (await this.#ask(operations.children, path, true))?.texts();
  }

  /** That the node comes into being, or ends, is told. */
  async exists(path: string): Promise<boolean> {
    return (await this.#ask(operations.exists, path, true)) !== undefined;
  }

  close(): void {
    if (!this.#socket.destroyed) this.#socket.end(printFrame(++this.#xid, operations.close));
    this.#end(new Error("the session was closed"));
  }

  #greeting(): Buffer {
    const { sessionTimeoutMs } = this.#options;
    // Protocol version, last transaction seen, session, password, not for a server that only reads.
    return printFrame(0, 0n, sessionTimeoutMs, 0n, Buffer.alloc(16), false);
  }

  #ask(operation: number, ...values: readonly WireValue[]): Promise<WireReader | undefined> {
    const xid = ++this.#xid;
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(new Error("the session is over"));
      this.#waiting.set(xid, { resolve, reject });
      this.#socket.write(printFrame(xid, operation, ...values));
    });
  }

  #take(bytes: Buffer): void {
    try {
      for (const frame of this.#frames.take(bytes)) this.#read(new WireReader(frame));
    } catch (error) {
      this.#end(new Error(`ZooKeeper's answer is not understood: ${(error as Error).message}`, { cause: error }));
    }
  }

  #read(reader: WireReader): void {
    if (!this.#isOpen) this.#begin(reader);
    else this.#readAnswer(reader);
    if (!this.#isEnded) this.#expectAnswer();
  }

  #readAnswer(reader: WireReader): void {
    const xid = reader.int();
    reader.long();
    const code = reader.int();
    if (xid === watchXid) {
      const type = reader.int();
      reader.int();
      this.#options.onEvent({ type, path: reader.text() });
    } else if (xid !== pingXid) {
      const waiting = this.#waiting.get(xid);
      this.#waiting.delete(xid);
      if (code === 0) waiting?.resolve(reader);
      else if (code === noNode) waiting?.resolve(undefined);
      else waiting?.reject(new Error(`ZooKeeper answered error ${code}`));
    }
  }

  #begin(reader: WireReader): void {
    reader.int();
    const grantedMs = reader.int();
    if (grantedMs <= 0) {
      this.#end(new Error("ZooKeeper refused the session"));
      return;
    }
    this.#sessionTimeoutMs = grantedMs;
    this.#isOpen = true;
    this.#schedulePing();
    this.#onOpen();
  }

  #schedulePing(): void {
    this.#cancelPing = this.#options.clock.after(this.#sessionTimeoutMs / 3, () => {
      this.#socket.write(printFrame(pingXid, operations.ping));
      this.#schedulePing();
    });
  }

  /** A server that is there answers pings: silence for two thirds of the session is its end. */
  #expectAnswer(): void {
    this.#cancelDeadline();
    const silenceMaxMs = Math.round((this.#sessionTimeoutMs * 2) / 3);
    this.#cancelDeadline = this.#options.clock.after(silenceMaxMs + 1, () => {
      this.#end(new Error(`ZooKeeper did not answer within ${silenceMaxMs} ms`));
    });
  }

  #end(cause: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelPing();
    this.#cancelDeadline();
    this.#socket.destroySoon();
    const error = new Error(`ZooKeeper ${this.#options.server}: ${cause.message}`, { cause });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#options.onEnd(error);
  }
}
