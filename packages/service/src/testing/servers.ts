// Servers for tests of this package: real sockets on free ports of 127.0.0.1.
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  createSecureServer as createSecureHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from "node:http2";
import { createServer as createTlsServer } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import type { TlsOptions } from "node:tls";
import { fileURLToPath } from "node:url";

/** Path of a file made by testdata/tls/make.sh. */
export function tlsPath(name: string): string {
  return fileURLToPath(new URL(`../../testdata/tls/${name}`, import.meta.url));
}

export function tlsText(name: string): string {
  return readFileSync(tlsPath(name), "utf8");
}

/** Every server of a test file; close it in afterEach. */
export class TestServers {
  readonly #closers: (() => unknown)[] = [];

  closeLater<T extends { close(): unknown }>(one: T): T {
    this.#closers.push(() => one.close());
    return one;
  }

  async http(listener: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.#listen(createServer(listener))}`;
  }

  async https(listener: RequestListener, options: TlsOptions = {}): Promise<string> {
    const own = { cert: tlsText("server.crt"), key: tlsText("server.key") };
    return `https://127.0.0.1:${await this.#listen(createTlsServer({ ...own, ...options }, listener))}`;
  }

  /** Speaks both; HTTP/2 with clients that offer it. */
  async http2(
    listener: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
    options: SecureServerOptions = {},
  ): Promise<string> {
    const own = { cert: tlsText("server.crt"), key: tlsText("server.key"), allowHTTP1: true };
    const server = createSecureHttp2Server({ ...own, ...options }, listener);
    return `https://127.0.0.1:${await this.#listen(server)}`;
  }

  async tcp(accept: (socket: Socket) => void): Promise<number> {
    return this.#listen(createTcpServer((socket) => accept(socket.on("error", () => {}))));
  }

  /** A proxy that writes down what it is asked for; `refusal` answers CONNECT with that status line. */
  async proxy(refusal?: string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
      response.end(`proxied for ${request.headers.host} ${request.headers.authorization ?? "-"}`);
    });
    server.on("connect", (request, socket: Socket) => {
      const own = [request.headers["proxy-authorization"], request.headers["x-connect"], request.headers.authorization];
      asked.push(`CONNECT ${request.url} ${own.map((value) => value ?? "-").join(" ")}`);
      if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
      const [host, port] = (request.url as string).split(":");
      const upstream = connect(Number(port), host, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
      upstream
        .on("error", () => socket.destroy())
        .pipe(socket)
        .on("error", () => upstream.destroy())
        .pipe(upstream);
    });
    return { url: `http://127.0.0.1:${await this.#listen(server)}`, asked };
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }

  #listen(server: Server | TcpServer): Promise<number> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => sockets.add(socket.once("close", () => sockets.delete(socket))));
    this.#closers.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
  }
}
