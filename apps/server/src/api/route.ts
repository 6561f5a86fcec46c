// An endpoint as a value: every group of endpoints is a function from what it reads to a list of these.
// Goes to: api/routes, which puts them on the HTTP server.

import type { Parameters } from "./parameters.js";
import type { Answer } from "./respond.js";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export type ApiRequest = {
  /** Of the query string and of a form in the body. */
  readonly parameters: Parameters;
  /** Named parts of the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly method: string;
  /** Of a route with `bodyBytesMax`; empty elsewhere. */
  readonly body: Uint8Array;
  /** Of the other end of the connection. */
  readonly clientAddress: string;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
};

export type Route = {
  readonly methods: readonly Method[];
  /** Below the route prefix; ":name" for a named part. */
  readonly path: string;
  /** Also while the storage is not ready; other routes then answer 503. */
  readonly isAlwaysServed?: boolean;
  /** No part of the JSON API: its errors are plain text. */
  readonly isPage?: boolean;
  /** Takes its body as bytes, of whatever type and at most so many; other routes read forms alone. */
  readonly bodyBytesMax?: number;
  readonly answer: (request: ApiRequest) => Answer | Promise<Answer>;
};

export function readRoute(path: string, answer: Route["answer"]): Route {
  return { methods: ["GET"], path, answer };
}

export function pageRoute(path: string, answer: Route["answer"]): Route {
  return { methods: ["GET"], path, isPage: true, answer };
}

/** Answers while the storage is not ready, too. */
export function earlyRoute(path: string, answer: Route["answer"]): Route {
  return { methods: ["GET"], path, isAlwaysServed: true, answer };
}

/** For questions that may be too long for a URL. */
export function queryRoute(path: string, answer: Route["answer"]): Route {
  return { methods: ["GET", "POST"], path, answer };
}

export function changeRoute(path: string, answer: Route["answer"]): Route {
  return { methods: ["POST", "PUT"], path, answer };
}
