// A server for tests that plays somebody's HTTP API on a free port or a unix socket, and notes what it was asked.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};

/** Returns, or promises, what the API answers: JSON with status 200, or a Reply. Undefined is a 404. */
export type Routes = (asked: Asked, response: ServerResponse) => unknown;

/** An answer with its own status and headers; `body` is sent as it is when it is a string. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The route writes to the response itself. */
export const streamed: unique symbol = Symbol("streamed");

export class ApiServer {
  readonly asked: Asked[] = [];
  routes: Routes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(routes: Routes) {
    this.routes = routes;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket.once("close", () => this.#sockets.delete(socket)));
    });
  }

  /** Listens on a free port of 127.0.0.1, or on the unix socket `path`. */
  static async open(routes: Routes, path?: string): Promise<ApiServer> {
    const api = new ApiServer(routes);
    await new Promise<void>((resolve) => {
      if (path === undefined) api.#server.listen(0, "127.0.0.1", resolve);
      else api.#server.listen(path, resolve);
    });
    return api;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Paths with their queries, in the order they were asked. */
  get paths(): string[] {
    return this.asked.map(({ path, query }) =>
      query.size === 0 ? path : `${path}?${decodeURIComponent(String(query))}`,
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://api");
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const asked: Asked = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(parts).toString(),
    };
    this.asked.push(asked);
    const answer = await this.routes(asked, response);
    if (answer === streamed) return;
    const reply = answer instanceof Reply ? answer : new Reply(answer === undefined ? 404 : 200, answer ?? "");
    const isText = typeof reply.body === "string";
    response.writeHead(reply.status, { "content-type": isText ? "text/plain" : "application/json", ...reply.headers });
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  }
}
