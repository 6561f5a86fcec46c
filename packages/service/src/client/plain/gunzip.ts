// A gzipped body, decoded whole, off the main thread.
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { BodyLimitError } from "../errors.js";

/** The body is not what its content-encoding says. */
export class BodyCodingError extends Error {
  override readonly name = "BodyCodingError";
}

const gunzipWhole = promisify(gunzip);

// Deflate never shrinks further than this.
const ratioMax = 1032;
const partBytesMin = 16 * 1024;
const partBytesMax = 16 * 1024 * 1024;

/** Throws BodyLimitError past `bytesMax`, without decoding on; BodyCodingError for what is no gzip. */
export async function gunzipBody(body: Buffer, bytesMax: number): Promise<Buffer> {
  // One part of the size that the trailer states, so that nothing has to be joined; a wrong size costs a part more.
  const stated = body.length >= 18 ? body.readUInt32LE(body.length - 4) + 1 : 0;
  const chunkSize = Math.max(partBytesMin, Math.min(stated, body.length * ratioMax, bytesMax, partBytesMax));
  try {
    return await gunzipWhole(body, { chunkSize, maxOutputLength: bytesMax });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_BUFFER_TOO_LARGE") throw new BodyCodingError(`cannot decode gzip: ${message}`, { cause: error });
    throw new BodyLimitError(`body longer than ${bytesMax} bytes`, { cause: error });
  }
}
