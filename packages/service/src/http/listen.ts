// One Fastify application on one or several addresses, with TLS and basic auth from the web config file.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, ListenOptions } from "node:net";
import compress from "@fastify/compress";
import { type FastifyInstance, fastify } from "fastify";
import type { Logger } from "../log/logger.js";
import { requireUser } from "./basic-auth.js";
import { ConnectionLimit } from "./connection-limit.js";
import { limitRate } from "./rate-limit.js";
import { createSecureServer } from "./secure-server.js";
import { WebSource } from "./web-source.js";

export type ListenRequest = {
  /** "0.0.0.0:9090", ":9090" (every interface), "[::1]:9090", port 0 for a free one. */
  readonly addresses: readonly string[];
  readonly logger: Logger;
  readonly routes: (app: FastifyInstance) => void | Promise<void>;
  /** Largest accepted request body; 10 MiB when absent. */
  readonly bodyBytesMax?: number;
  /** Open connections over all addresses; 512 when absent, as Prometheus. Further ones wait. */
  readonly connectionsMax?: number;
  /** Time a client has to send its whole request; 5 min when absent, as Prometheus. */
  readonly readTimeoutMs?: number;
  /** Prometheus' web config file: TLS, users, headers. Changes of it, and of files it names, take effect at once. */
  readonly webConfigFile?: string;
};

export type HttpListener = {
  /** "http://127.0.0.1:9090", one per address, with the real port. */
  readonly urls: readonly string[];
  close(): Promise<void>;
};

/** A request's head must be complete within this time, or the connection is closed: slow clients hold nothing. */
const headersTimeoutMs = 30_000;
const keepAliveTimeoutMs = 120_000;
/** How often connections are looked through for those out of time; Node's own 30 s would double what a slow client holds. */
const checkingIntervalMs = 1000;

// 8.4 MB of query results: 47 ms of CPU and 1.7 MB at level 1, 260 ms and 1.3 MB at the default of 6. Output in large
// chunks, since each is a trip through the thread pool.
const zlibOptions = { level: 1, chunkSize: 128 * 1024 };

/** Throws an Error that names the address when it cannot be bound. */
export async function listenHttp(request: ListenRequest): Promise<HttpListener> {
  const web = request.webConfigFile ? new WebSource(request.webConfigFile, request.logger) : undefined;
  const isSecure = web?.current().tls !== undefined;
  const servers: Server[] = [];
  const limit = new ConnectionLimit({ openMax: request.connectionsMax ?? 512 });
  const app = fastify({
    bodyLimit: request.bodyBytesMax ?? 10 * 1024 * 1024,
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: false },
    exposeHeadRoutes: true,
    // By itself fastify loads compilers for schemas, 0.01 s of a start; no route has one.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    // By itself fastify gives up after 10 s, which a process that was stopped meanwhile has not had.
    pluginTimeout: 0,
    serverFactory: (listener) => {
      for (const _ of request.addresses) servers.push(createOne(listener, request, isSecure ? web : undefined));
      for (const server of servers) limit.guard(server);
      return servers[0] as Server;
    },
  });
  await app.register(compress, { global: true, encodings: ["gzip", "deflate"], threshold: 1024, zlibOptions });
  if (web) addWebConfig(app, web);
  await request.routes(app);
  await app.ready();
  try {
    for (const [i, server] of servers.entries()) await bind(server, request.addresses[i] as string);
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
  return {
    urls: servers.map((server, i) => urlOf(server, request.addresses[i] as string, isSecure)),
    async close() {
      limit.close();
      await closeAll(servers);
      await app.close();
    },
  };
}

function refuseSchema(): never {
  throw new Error("routes have no schemas");
}

function createOne(listener: RequestListener, request: ListenRequest, secure: WebSource | undefined): Server {
  const options = {
    requestTimeout: request.readTimeoutMs ?? 300_000,
    headersTimeout: Math.min(headersTimeoutMs, request.readTimeoutMs ?? 300_000),
    connectionsCheckingInterval: checkingIntervalMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  };
  return secure ? createSecureServer(secure, options, listener) : createServer(options, listener);
}

function addWebConfig(app: FastifyInstance, web: WebSource): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(web.current().headers);
  });
  // Before passwords are looked at: those cost most.
  app.addHook(
    "onRequest",
    limitRate(() => web.current().rateLimit),
  );
  app.addHook(
    "onRequest",
    requireUser(() => web.current().users),
  );
}

/** Splits "host:port"; an empty host means every interface. Throws on anything else. */
export function parseAddress(address: string): { host: string | undefined; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65535)
    throw new Error(`invalid address ${JSON.stringify(address)}: write host:port, such as 0.0.0.0:9090`);
  return { host: match[1] ?? (match[2] || undefined), port };
}

function bind(server: Server, address: string): Promise<void> {
  const { host, port } = parseAddress(address);
  const options: ListenOptions = host === undefined ? { port } : { host, port };
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(bindError(address, error));
    });
    server.listen(options, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

const bindReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "address already in use by another process; stop it or choose another --web.listen-address",
  EACCES: "permission denied; ports below 1024 need privileges",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "no such host",
};

/** A reason that is known is told whole; the system's own words would only repeat it. */
function bindError(address: string, error: NodeJS.ErrnoException): Error {
  const reason = bindReasons[error.code ?? ""];
  const what = `cannot listen on ${address}`;
  return reason === undefined ? new Error(what, { cause: error }) : new Error(`${what}: ${reason}`);
}

function urlOf(server: Server, address: string, isTls: boolean): string {
  const { port } = server.address() as AddressInfo;
  const { host } = parseAddress(address);
  const isWildcard = host === undefined || host === "0.0.0.0" || host === "::";
  const name = isWildcard ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `${isTls ? "https" : "http"}://${name}:${port}`;
}

/** Lets running requests end for a short time, then cuts what is left (SSE, long polls). */
const drainMs = 2000;

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          if (!server.listening) return resolve();
          const timer = setTimeout(() => server.closeAllConnections(), drainMs);
          server.close(() => {
            clearTimeout(timer);
            resolve();
          });
          server.closeIdleConnections();
        }),
    ),
  );
}
