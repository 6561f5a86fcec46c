import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BodyLimitError } from "./errors.js";

/** A response as either protocol brings it. */
export type RawResponse = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly stream: Readable;
};

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

export function answerFrom(response: RawResponse): Answer {
  return {
    status: response.status,
    headers: response.headers,
    read: async (bodyBytesMax) => ({ body: await readBody(response, bodyBytesMax) }),
    leave: () => drainBody(response.stream),
    destroy: () => void response.stream.destroy(),
  };
}

/** The whole decoded body; throws BodyLimitError past `bodyBytesMax` (0: a GiB) without reading on. */
async function readBody({ status, headers, stream }: RawResponse, bodyBytesMax: number): Promise<Buffer> {
  const bytesMax = bodyBytesMax > 0 ? Math.min(bodyBytesMax, decodedBytesMax) : decodedBytesMax;
  const isGzip = headers["content-encoding"]?.toLowerCase() === "gzip";
  const source = isGzip ? stream.pipe(createGunzip()) : stream;
  if (isGzip) stream.on("error", (error) => source.destroy(error));
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of source as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > bytesMax) throw new BodyLimitError(`body longer than ${bytesMax} bytes`, { status });
      parts.push(part);
    }
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
}

/** Leaves the body of an answer that was only a redirect. Its errors concern nobody: the answer was used. */
function drainBody(stream: Readable): void {
  let length = 0;
  stream.on("error", () => {});
  stream.on("data", (part: Buffer) => {
    length += part.length;
    if (length > drainBytesMax) stream.destroy();
  });
}
