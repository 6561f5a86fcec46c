// The synthetic target: each path is a behaviour, each system that scrapes sees its answers from the first one on.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Behaviour, Reply } from "./behaviours.js";

/** "Prometheus/2.42.0", or with Narthex' name behind it. */
function systemOf(request: IncomingMessage): string {
  return String(request.headers["user-agent"]).includes("Narthex") ? "narthex" : "prometheus";
}

export type OtherHost = {
  readonly address: string;
  readonly credentials: Map<string, string>;
  readonly close: () => void;
};

/** Where a redirect leads that must not take credentials along. */
export async function startOtherHost(): Promise<OtherHost> {
  const credentials = new Map<string, string>();
  const server = createServer((request, response) => {
    credentials.set(systemOf(request), request.headers.authorization ?? "");
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end("m 1\n");
  });
  // Another name of this machine is another host.
  const port = await listen(server);
  return { address: `http://localhost:${port}`, credentials, close: () => server.close() };
}

export async function startTarget(
  list: readonly Behaviour[],
): Promise<{ readonly address: string; readonly close: () => void }> {
  const behaviours = new Map(list.map((behaviour) => [`/${behaviour.name}`, behaviour]));
  // Where a behaviour's redirect leads.
  const redirected = new Map<string, Behaviour>([
    ["/redirected", { name: "redirected", answer: (n) => ({ body: `m ${n}\n` }) }],
  ]);
  const scrapes = new Map<string, number>();
  const server = createServer((request, response) => {
    const behaviour = behaviours.get(request.url ?? "") ?? redirected.get(request.url ?? "");
    if (!behaviour) return void response.writeHead(404).end();
    const key = `${systemOf(request)} ${behaviour.name}`;
    const n = scrapes.get(key) ?? 0;
    scrapes.set(key, n + 1);
    const reply = behaviour.answer(n);
    if (reply.delayMs) setTimeout(() => send(response, reply), reply.delayMs);
    else send(response, reply);
  });
  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function send(response: ServerResponse, { status = 200, type, headers = {}, body = "", cutAt }: Reply): void {
  const bytes = Buffer.from(body);
  if (cutAt === 0) return void response.socket?.destroy();
  const contentType = type === "" ? {} : { "content-type": type ?? "text/plain; version=0.0.4; charset=utf-8" };
  response.writeHead(status, { ...contentType, ...headers, "content-length": bytes.length });
  if (cutAt === undefined) return void response.end(bytes);
  response.write(bytes.subarray(0, cutAt), () => response.socket?.destroy());
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
