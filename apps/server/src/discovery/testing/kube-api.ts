// An API server for tests: lists by pages and watches with versions, bookmarks and 410 Gone, as Kubernetes documents them
// (kubernetes.io/docs/reference/using-api/api-concepts/).
import type { ServerResponse } from "node:http";
import { ApiServer, type Asked, Reply, streamed } from "./api.js";

export type KubeObject = {
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
} & Readonly<Record<string, unknown>>;

type Watcher = { readonly path: string; readonly response: ServerResponse };

export class KubeApi {
  readonly server: ApiServer;
  /** By collection path, "/api/v1/pods"; namespaced ones are found below their namespace too. */
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  #watchers: Watcher[] = [];
  #watching: (() => void)[] = [];
  #version = 100;
  /** Objects on one page of a list. */
  pageSize = 1000;
  /** Answers these requests instead; undefined goes on as usual. */
  intercept: (asked: Asked) => Reply | undefined = () => undefined;

  private constructor(server: ApiServer) {
    this.server = server;
    server.routes = (asked, response) => this.#answer(asked, response);
  }

  static async open(): Promise<KubeApi> {
    return new KubeApi(await ApiServer.open(() => undefined));
  }

  /** Adds or replaces objects, and tells who watches them. */
  put(path: string, ...objects: KubeObject[]): void {
    const collection = this.#objects.get(path) ?? new Map<string, KubeObject>();
    this.#objects.set(path, collection);
    for (const object of objects) {
      const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
      const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
      this.#tell(path, { type: collection.has(key) ? "MODIFIED" : "ADDED", object: versioned });
      collection.set(key, versioned);
    }
  }

  delete(path: string, key: string): void {
    const object = this.#objects.get(path)?.get(key);
    this.#objects.get(path)?.delete(key);
    this.#version++;
    this.#tell(path, { type: "DELETED", object });
  }

  bookmark(version: string): void {
    for (const { response } of this.#watchers) {
      send(response, { type: "BOOKMARK", object: { kind: "Pod", metadata: { resourceVersion: version } } });
    }
  }

  /** Ends all watches, with an event of 410 Gone before it where asked. */
  endWatches(event?: unknown): void {
    for (const { response } of this.#watchers.splice(0)) {
      if (event !== undefined) send(response, event);
      response.end();
    }
  }

  /** Resolves when so many watches are open. */
  async watched(count: number): Promise<void> {
    while (this.#watchers.length < count) await new Promise<void>((resolve) => this.#watching.push(resolve));
  }

  close(): Promise<void> {
    return this.server.close();
  }

  #tell(path: string, event: { readonly type: string; readonly object: KubeObject | undefined }): void {
    const namespace = event.object?.metadata.namespace;
    for (const watcher of this.#watchers) {
      const isWanted = watcher.path === path || watcher.path === namespacedPath(path, namespace);
      if (isWanted) send(watcher.response, event);
    }
  }

  #answer(asked: Asked, response: ServerResponse): unknown {
    const intercepted = this.intercept(asked);
    if (intercepted) return intercepted;
    if (asked.query.get("watch") === "1") return this.#watch(asked, response);
    const items = this.#items(asked.path);
    const start = Number(asked.query.get("continue") ?? 0);
    const end = start + this.pageSize;
    const next = end < items.length ? String(end) : "";
    return { metadata: { resourceVersion: String(this.#version), continue: next }, items: items.slice(start, end) };
  }

  #watch({ path }: Asked, response: ServerResponse): typeof streamed {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    this.#watchers.push({ path, response });
    response.once("close", () => {
      this.#watchers = this.#watchers.filter((watcher) => watcher.response !== response);
    });
    for (const tell of this.#watching.splice(0)) tell();
    return streamed;
  }

  #items(path: string): KubeObject[] {
    const [, group = "", namespace, kind = ""] = /^(.*?)(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(path) ?? [];
    const all = [...(this.#objects.get(`${group}/${kind}`)?.values() ?? [])];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }
}

export const gone: Reply = new Reply(410, {
  kind: "Status",
  code: 410,
  reason: "Expired",
  message: "too old resource version",
});
export const goneEvent: unknown = { type: "ERROR", object: gone.body };

function namespacedPath(path: string, namespace: string | undefined): string {
  return path.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1`);
}

function send(response: ServerResponse, event: unknown): void {
  response.write(`${JSON.stringify(event)}\n`);
}
