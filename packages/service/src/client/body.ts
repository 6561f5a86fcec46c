import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import { BodyLimitError } from "./errors.js";

/** The whole decoded body; throws BodyLimitError past `bodyBytesMax` (0: no bound) without reading on. */
export async function readBody(response: IncomingMessage, bodyBytesMax: number): Promise<Buffer> {
  const isGzip = response.headers["content-encoding"] === "gzip";
  const source = isGzip ? response.pipe(createGunzip()) : response;
  if (isGzip) response.on("error", (error) => source.destroy(error));
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of source as AsyncIterable<Buffer>) {
      length += part.length;
      if (bodyBytesMax > 0 && length > bodyBytesMax) throw new BodyLimitError(`body longer than ${bodyBytesMax} bytes`);
      parts.push(part);
    }
  } catch (error) {
    response.destroy();
    throw error;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length);
}
