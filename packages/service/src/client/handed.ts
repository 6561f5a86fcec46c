// Connections that were made before it was known that they speak HTTP/1.1: agents take them instead of dialling anew.
// Comes from: client/transport. Goes to: the agents of client/tunnel.
import type { ClientRequestArgs } from "node:http";
import type { TLSSocket } from "node:tls";

export class HandedSockets {
  readonly #sockets = new Map<string, TLSSocket>();

  put(url: URL, socket: TLSSocket): void {
    const key = `${hostOf(url)}:${portOf(url)}`;
    this.#sockets.get(key)?.destroy();
    this.#sockets.set(key, socket);
    // One that ends before it is taken is nobody's matter.
    const drop = (): void => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    };
    socket.on("error", drop).on("close", drop);
  }

  take({ host, port }: ClientRequestArgs): TLSSocket | undefined {
    const key = `${host}:${port}`;
    const socket = this.#sockets.get(key);
    this.#sockets.delete(key);
    return socket?.destroyed ? undefined : socket;
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#sockets.clear();
  }
}

/** As node:http names it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

export function portOf(url: URL): number {
  return Number(url.port || 443);
}
