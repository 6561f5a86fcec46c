// Agents whose connections are dialled through a proxy; they pool and keep alive as any other agent.
import { Agent, type AgentOptions, type ClientRequestArgs } from "node:http";
import { Agent as SecureAgent, type AgentOptions as SecureAgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { Dialer } from "./dial.js";
import { HandedSockets } from "./handed.js";
import type { DialTarget } from "./socks.js";

type Created = (error: Error | null, stream: Duplex) => void;

/** A proxy has this long to open a stream. */
export const dialTimeoutMs = 30_000;

export class TunnelAgent extends Agent {
  readonly #dialer: Dialer;
  readonly #closing = new AbortController();

  constructor(options: AgentOptions, dialer: Dialer) {
    super(options);
    this.#dialer = dialer;
  }

  override createConnection(options: ClientRequestArgs, created?: Created): undefined {
    dial(this.#dialer, options, this.#closing.signal).then((socket) => created?.(null, socket), failure(created));
  }

  override destroy(): void {
    this.#closing.abort(new Error("client closed"));
    super.destroy();
  }
}

/** Without a proxy, but for what it is handed as any other of node:https. */
export class SecureDirectAgent extends SecureAgent {
  readonly handed: HandedSockets = new HandedSockets();

  override createConnection(
    options: ClientRequestArgs & ConnectionOptions,
    created?: Created,
  ): Duplex | null | undefined {
    return this.handed.take(options) ?? super.createConnection(options, created);
  }

  override destroy(): void {
    this.handed.close();
    super.destroy();
  }
}

export class SecureTunnelAgent extends SecureAgent {
  readonly handed: HandedSockets = new HandedSockets();
  readonly #dialer: Dialer;
  readonly #closing = new AbortController();

  constructor(options: SecureAgentOptions, dialer: Dialer) {
    super(options);
    this.#dialer = dialer;
  }

  override createConnection(options: ClientRequestArgs & ConnectionOptions, created?: Created): Duplex | undefined {
    const handed = this.handed.take(options);
    if (handed) return handed;
    dial(this.#dialer, options, this.#closing.signal).then(
      (socket) => created?.(null, connectTls({ ...options, socket })),
      failure(created),
    );
    return undefined;
  }

  override destroy(): void {
    this.handed.close();
    this.#closing.abort(new Error("client closed"));
    super.destroy();
  }
}

function dial(dialer: Dialer, options: ClientRequestArgs, closing: AbortSignal): Promise<Duplex> {
  const target: DialTarget = { host: String(options.host), port: Number(options.port) };
  return dialer(target, AbortSignal.any([closing, AbortSignal.timeout(dialTimeoutMs)]));
}

// Node's types have a stream beside an error; there is none.
function failure(created: Created | undefined): (error: unknown) => void {
  return (error) => created?.(error as Error, undefined as unknown as Duplex);
}
