// A byte stream to a target through a proxy: CONNECT over HTTP, or SOCKS 5. Goes to: client/tunnel.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { lookupName } from "../dns/lookup.js";
import { proxyAuthorization } from "./proxy.js";
import { type DialTarget, dialSocks } from "./socks.js";

/** Ends when the stream stands or `signal` aborts; an abort closes what was opened. */
export type Dialer = (target: DialTarget, signal: AbortSignal) => Promise<Socket>;

export type DialerOptions = {
  readonly tls: ConnectionOptions;
  readonly connectHeaders: Readonly<Record<string, readonly string[]>>;
};

export function dialerFor(proxy: URL, options: DialerOptions): Dialer {
  if (proxy.protocol.startsWith("socks5")) return (target, signal) => dialSocks(proxy, target, signal);
  return (target, signal) => dialConnect(proxy, options, { target, signal });
}

type Dial = { readonly target: DialTarget; readonly signal: AbortSignal };

function dialConnect(proxy: URL, options: DialerOptions, { target, signal }: Dial): Promise<Socket> {
  const authority = target.host.includes(":") ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
  const headers = { host: authority, ...proxyAuthorization(proxy), ...options.connectHeaders } as Record<
    string,
    string
  >;
  const isSecure = proxy.protocol === "https:";
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)({
      ...(isSecure ? options.tls : {}),
      method: "CONNECT",
      hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (isSecure ? 443 : 80),
      path: authority,
      headers,
      agent: false,
      lookup: lookupName,
    });
    const abort = (): void => void request.destroy(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    request.on("close", () => signal.removeEventListener("abort", abort));
    request.on("error", (error) => reject(new Error(`proxy ${proxy.host}: ${error.message}`, { cause: error })));
    request.on("connect", (response: IncomingMessage, socket: Socket, head: Buffer) => {
      signal.removeEventListener("abort", abort);
      if (response.statusCode !== 200) {
        socket.destroy();
        const status = `${response.statusCode} ${response.statusMessage}`.trim();
        reject(new Error(`proxy ${proxy.host} refused CONNECT to ${authority}: ${status}`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}
