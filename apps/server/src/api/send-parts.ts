// Sends an answer that comes in parts: one at a time, the next when the client has taken it, compressed on the way where that pays.
// Comes from: api/respond. Goes to: the socket. After the first byte an error can only be told by cutting the connection.
import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyReply } from "fastify";
import { HangUpError } from "../query/answer-parts.js";
import type { AnswerBody } from "../query/runner.js";
import { acceptsGzip, isWorthCompressing } from "./compression.js";
import { discardBuffer } from "./discard.js";

// As in the kit's server for bodies that are sent whole.
const zlibOptions = { level: 1, chunkSize: 128 * 1024 };

/** Rejects when the answer cannot be completed; its client sees a connection that is cut. */
export async function sendParts(reply: FastifyReply, body: AnswerBody): Promise<void> {
  const { request, raw } = reply;
  reply.hijack();
  const isCompressed = isPacked(reply);
  const vary = [reply.getHeader("vary"), "accept-encoding"].filter((one) => one !== undefined).join(", ");
  reply.headers({ vary, ...(isCompressed ? { "content-encoding": "gzip" } : {}) });
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(reply.statusCode);
  if (request.method === "HEAD") {
    body.parts?.cancel(new Error("only the head was asked for"));
    raw.end();
    return;
  }
  const { signal } = body.parts ?? {};
  // Also while a client takes nothing, and no part is asked for.
  const cut = (): void => void raw.destroy();
  signal?.addEventListener("abort", cut);
  if (signal?.aborted) cut();
  try {
    if (isCompressed) await sendCompressed(raw, body);
    else await sendTo(raw, body);
    raw.end();
  } catch (error) {
    if (signal?.aborted && !(signal.reason instanceof HangUpError)) throw signal.reason;
    // Then the client hung up after the worker's last part.
    if (raw.destroyed) return;
    raw.destroy();
    throw error;
  } finally {
    signal?.removeEventListener("abort", cut);
  }
}

function isPacked({ request }: FastifyReply): boolean {
  if (request.headers["x-no-compression"] !== undefined) return false;
  const recipient = { address: request.socket.remoteAddress, headers: request.headers };
  return acceptsGzip(request.headers["accept-encoding"]) && isWorthCompressing(Number.POSITIVE_INFINITY, recipient);
}

async function sendCompressed(raw: ServerResponse, body: AnswerBody): Promise<void> {
  const gzip = createGzip(zlibOptions);
  gzip.pipe(raw, { end: false });
  const untilClosed = (): void => void gzip.destroy();
  raw.once("close", untilClosed);
  try {
    await sendTo(gzip, body);
    await new Promise<void>((resolve, reject) => {
      gzip.once("end", resolve).once("error", reject).once("close", resolve);
      gzip.end();
    });
  } finally {
    raw.removeListener("close", untilClosed);
    gzip.destroy();
  }
}

async function sendTo(sink: Writable, { bytes, parts }: AnswerBody): Promise<void> {
  for (let part: Uint8Array<ArrayBuffer> | undefined = bytes; part !== undefined; part = await parts?.next()) {
    await written(sink, part);
    discardBuffer(part.buffer);
  }
}

/** Resolves when the sink needs the part no more; rejects when it never will have it. */
function written(sink: Writable, part: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error("the connection was closed"));
    if (sink.destroyed) return onClose();
    sink.once("close", onClose);
    sink.write(part, (error) => {
      sink.removeListener("close", onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
