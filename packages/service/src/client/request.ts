// What callers ask for, what they get, and one hop of it.
import type { IncomingMessage } from "node:http";

export type HttpRequest = {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From connect to the last byte of the body, redirects included. */
  readonly timeoutMs: number;
  /** Of the decoded body; 0 for no bound of the caller's. */
  readonly bodyBytesMax: number;
  readonly signal?: AbortSignal;
  /** Path of a unix socket to connect to instead of the URL's host. */
  readonly socketPath?: string;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The receiver's, until it calls `release`. */
  readonly body: Buffer;
  /** Gives the body's memory to other responses: the body must not be touched afterwards. Without it, it is garbage. */
  readonly release?: () => void;
  /** After redirects. */
  readonly url: string;
};

/** One request to one server, as either protocol takes it. */
export type HopRequest = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array | undefined;
  readonly socketPath: string | undefined;
  readonly signal: AbortSignal;
};
