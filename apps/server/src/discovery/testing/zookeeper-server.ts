// A ZooKeeper server for tests: a tree of nodes on a free port, with watches that tell once.

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { Frames, printFrame, WireReader, type WireValue } from "../zookeeper/wire.js";

type Session = {
  readonly socket: Socket;
  /** "data /a" and "children /a". */
  readonly watches: Set<string>;
};

const noNode = -101;
const stat: readonly WireValue[] = [0n, 0n, 0n, 0n, 0, 0, 0, 0n, 0, 0, 0n];

export class ZookeeperServer {
  readonly #nodes = new Map<string, Buffer>();
  readonly #sessions = new Set<Session>();
  readonly #server: Server;
  #sessionCount = 0;
  /** What it grants, whatever is asked for. */
  sessionTimeoutMs = 10_000;
  #onPing = (): void => {};

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(nodes: Readonly<Record<string, unknown>>): Promise<ZookeeperServer> {
    const server = new ZookeeperServer();
    for (const [path, value] of Object.entries(nodes)) server.put(path, value);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A text as it is, anything else as JSON. */
  put(path: string, value: unknown): void {
    const isNew = !this.#nodes.has(path);
    this.#nodes.set(path, Buffer.from(typeof value === "string" ? value : JSON.stringify(value)));
    this.#tell(`data ${path}`, isNew ? 1 : 3);
    if (isNew) this.#tell(`children ${parentOf(path)}`, 4);
  }

  delete(path: string): void {
    this.#nodes.delete(path);
    this.#tell(`data ${path}`, 2);
    this.#tell(`children ${path}`, 2);
    this.#tell(`children ${parentOf(path)}`, 4);
  }

  /** Resolves at the next ping. */
  pinged(): Promise<void> {
    return new Promise((resolve) => {
      this.#onPing = resolve;
    });
  }

  /** Ends all sessions, as a server that restarts. */
  drop(): void {
    for (const { socket } of this.#sessions) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    const session: Session = { socket, watches: new Set() };
    const frames = new Frames(1 << 20);
    let isOpen = false;
    this.#sessions.add(session);
    socket.on("error", () => {});
    socket.on("close", () => this.#sessions.delete(session));
    socket.on("data", (bytes) => {
      for (const frame of frames.take(bytes)) {
        if (isOpen) this.#answer(session, new WireReader(frame));
        else {
          isOpen = true;
          this.#sessionCount++;
          socket.write(printFrame(0, this.sessionTimeoutMs, BigInt(this.#sessionCount), Buffer.alloc(16)));
        }
      }
    });
  }

  #answer({ socket, watches }: Session, request: WireReader): void {
    const xid = request.int();
    const operation = request.int();
    if (operation === -11) return void socket.end();
    if (operation === 11) {
      this.#onPing();
      return void socket.write(printFrame(xid, 0n, 0));
    }
    const path = request.text();
    const data = this.#nodes.get(path);
    const isAbsent = data === undefined;
    if (!isAbsent || operation === 3) watches.add(`${operation === 8 ? "children" : "data"} ${path}`);
    if (isAbsent) return void socket.write(printFrame(xid, 0n, noNode));
    const names = this.#childrenOf(path);
    const body = { 3: stat, 4: [data, ...stat], 8: [names.length, ...names] }[operation] ?? [];
    socket.write(printFrame(xid, 0n, 0, ...body));
  }

  #childrenOf(path: string): string[] {
    return [...this.#nodes.keys()]
      .filter((one) => one !== path && parentOf(one) === path)
      .map((one) => one.slice(one.lastIndexOf("/") + 1));
  }

  #tell(watch: string, type: number): void {
    const path = watch.slice(watch.indexOf(" ") + 1);
    for (const { socket, watches } of this.#sessions) {
      if (watches.delete(watch)) socket.write(printFrame(-1, -1n, 0, type, 3, path));
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
