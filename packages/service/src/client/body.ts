import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import { BodyLimitError } from "./errors.js";

/** The head of what came back; its body is either read or left. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Throws BodyLimitError past `bodyBytesMax`; 0 for no bound of the caller's. */
  read(bodyBytesMax: number): Promise<AnswerBody>;
  /** Lets the body go, but keeps the connection where that is cheap. */
  leave(): void;
  destroy(): void;
};

export type AnswerBody = {
  readonly body: Buffer;
  /** Ends the receiver's use of `body`. */
  readonly release?: () => void;
};

/** Of any decoded body, also where the caller sets no bound: a gzip bomb ends here. */
const decodedBytesMax = 1024 * 1024 * 1024;
/** A body that is not looked at is read on to this length to keep the connection; beyond it the connection goes. */
const drainBytesMax = 2048;

export function answerFrom(response: IncomingMessage): Answer {
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    read: async (bodyBytesMax) => ({ body: await readBody(response, bodyBytesMax) }),
    leave: () => drainBody(response),
    destroy: () => response.destroy(),
  };
}

/** The whole decoded body; throws BodyLimitError past `bodyBytesMax` (0: a GiB) without reading on. */
async function readBody(response: IncomingMessage, bodyBytesMax: number): Promise<Buffer> {
  const bytesMax = bodyBytesMax > 0 ? Math.min(bodyBytesMax, decodedBytesMax) : decodedBytesMax;
  const isGzip = response.headers["content-encoding"]?.toLowerCase() === "gzip";
  const source = isGzip ? response.pipe(createGunzip()) : response;
  if (isGzip) response.on("error", (error) => source.destroy(error));
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of source as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > bytesMax) throw new BodyLimitError(`body longer than ${bytesMax} bytes`);
      parts.push(part);
    }
  } catch (error) {
    response.destroy();
    throw error;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
}

/** Leaves the body of an answer that was only a redirect. Its errors concern nobody: the answer was used. */
function drainBody(response: IncomingMessage): void {
  let length = 0;
  response.on("error", () => {});
  response.on("data", (part: Buffer) => {
    length += part.length;
    if (length > drainBytesMax) response.destroy();
  });
}
