// Nodes at and below one path, kept as they are: changes are read as they are told, one after the other.
// Comes from: zookeeper/connection. Goes to: zookeeper/provider.
import { events, type NodeEvent, type ZookeeperConnection } from "./connection.js";

/** Of one tree: a path that holds more was not meant. */
export const nodesMax = 100_000;

type Node = { readonly data: Buffer; readonly children: readonly string[] };

export class NodeTree {
  readonly root: string;
  readonly #connection: ZookeeperConnection;
  readonly #nodes = new Map<string, Node>();

  constructor(root: string, connection: ZookeeperConnection) {
    this.root = root.length > 1 ? root.replace(/\/+$/, "") : root;
    this.#connection = connection;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** In the order of their paths. */
  *data(): Iterable<readonly [path: string, data: Buffer]> {
    for (const path of [...this.#nodes.keys()].sort()) yield [path, (this.#nodes.get(path) as Node).data];
  }

  read(): Promise<void> {
    return this.#read(this.root);
  }

  /** Whether it is this tree that changed. */
  async apply({ type, path }: NodeEvent): Promise<boolean> {
    if (path !== this.root && !path.startsWith(this.root === "/" ? "/" : `${this.root}/`)) return false;
    if (type === events.deleted && path !== this.root) this.#remove(path);
    else await this.#read(path);
    return true;
  }

  async #read(path: string): Promise<void> {
    const data = await this.#connection.data(path);
    const names = data && (await this.#connection.children(path));
    if (!names) {
      this.#remove(path);
      // Between the two it may have come: then it is read after all.
      if (path === this.root && (await this.#connection.exists(path))) await this.#read(path);
      return;
    }
    const children = names.map((name) => `${path === "/" ? "" : path}/${name}`);
    const before = this.#nodes.get(path)?.children ?? [];
    this.#nodes.set(path, { data, children });
    if (this.#nodes.size > nodesMax) throw new Error(`${this.root} holds more than ${nodesMax} nodes`);
    const kept = new Set(children);
    for (const former of before) if (!kept.has(former)) this.#remove(former);
    // One that went and came again is among the former, and not held.
    await Promise.all(children.filter((child) => !this.#nodes.has(child)).map((child) => this.#read(child)));
  }

  #remove(path: string): void {
    const node = this.#nodes.get(path);
    this.#nodes.delete(path);
    for (const child of node?.children ?? []) this.#remove(child);
  }
}
