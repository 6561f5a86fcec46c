// Request line and headers as they go over the wire. What could end a line early is refused, not repaired.

/** A request that HTTP cannot carry. Worded as node:http does, which sends the same headers on other ways. */
export class InvalidRequestError extends Error {
  override readonly name = "InvalidRequestError";
}

export type RequestHead = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** As in the `host` header. */
  readonly host: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Of the body; undefined where there is none. */
  readonly bodyBytes: number | undefined;
};

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const unsafePath = /[^\x21-\x7e]/;
const unsafeValue = /[^\t\x20-\x7e\x80-\xff]/;

/** In latin1. Throws InvalidRequestError. */
export function printRequestHead({ method, path, host, headers, bodyBytes }: RequestHead): string {
  if (!token.test(method))
    throw new InvalidRequestError(`Method must be a valid HTTP token [${JSON.stringify(method)}]`);
  if (unsafePath.test(path)) throw new InvalidRequestError("Request path contains unescaped characters");
  // A caller's own host header goes before that of the URL.
  let text = `${method} ${path} HTTP/1.1\r\n`;
  if (headers["host"] === undefined) text += headerLine("host", host);
  for (const name of Object.keys(headers)) {
    const value = headers[name] as string | readonly string[];
    if (typeof value === "string") text += headerLine(name, value);
    else for (const one of value) text += headerLine(name, one);
  }
  if (bodyBytes !== undefined && headers["content-length"] === undefined) text += `content-length: ${bodyBytes}\r\n`;
  return `${text}connection: keep-alive\r\n\r\n`;
}

function headerLine(name: string, value: string): string {
  if (!token.test(name))
    throw new InvalidRequestError(`Header name must be a valid HTTP token [${JSON.stringify(name)}]`);
  // The value may be a secret: it is not repeated.
  if (unsafeValue.test(value)) throw new InvalidRequestError(`Invalid character in header content ["${name}"]`);
  return `${name}: ${value}\r\n`;
}
