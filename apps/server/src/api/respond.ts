// Answers and errors of the HTTP API, in Prometheus' envelope. The one place where errors become status codes.
import type { Readable } from "node:stream";
import { SeriesLimitError } from "@narthex/model";
import { ParseError, QueryError } from "@narthex/promql";
import { errorText } from "@narthex/service";
import type { FastifyReply } from "fastify";
import type { AnswerBody } from "../query/runner.js";
import { isWorthCompressing } from "./compression.js";
import { discardBuffer } from "./discard.js";
import { sendParts } from "./send-parts.js";

const statusOf = {
  bad_data: 400,
  execution: 422,
  canceled: 499,
  timeout: 503,
  internal: 500,
  not_found: 404,
  not_acceptable: 406,
  unavailable: 500,
} as const;

export type ApiErrorType = keyof typeof statusOf;

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly type: ApiErrorType;
  constructor(type: ApiErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

/** What an endpoint gives back. */
export type Answer =
  /** `data` of the envelope. */
  | {
      readonly kind: "data";
      readonly data: unknown;
      readonly warnings?: readonly string[];
      readonly infos?: readonly string[];
    }
  /** A whole body, such as an envelope that was written without building objects. */
  | {
      readonly kind: "body";
      readonly body: Uint8Array | string;
      readonly contentType: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** What a query worker prints, whole or in parts. */
  | {
      readonly kind: "result";
      readonly body: AnswerBody;
      readonly contentType: string;
      /** The body goes out as it is, which is so encoded. */
      readonly encoding?: "snappy" | "identity";
    }
  /** Sent as it comes, until it ends. */
  | { readonly kind: "stream"; readonly body: Readable; readonly contentType: string }
  | { readonly kind: "empty"; readonly headers?: Readonly<Record<string, string>> }
  /** Status 200 and no body. */
  | { readonly kind: "done" }
  | { readonly kind: "redirect"; readonly location: string };

export function data(value: unknown, warnings: readonly string[] = []): Answer {
  return { kind: "data", data: value, warnings };
}

export function text(body: string, status = 200): Answer {
  return { kind: "body", body, contentType: plainTextType, status };
}

/** Whether the storage can be read, will be, or no more. */
export type Readiness = "starting" | "ready" | "stopping";

/** What Prometheus says until the WAL is replayed, and while it shuts down. */
export function notReady(readiness: Readiness): Answer {
  const headers = { "x-prometheus-stopping": String(readiness === "stopping") };
  return { kind: "body", body: "Service Unavailable", contentType: plainTextType, status: 503, headers };
}

export const jsonType = "application/json";
const plainTextType = "text/plain; charset=utf-8";

/** `onCut` is told why an answer was cut off on the way. */
export function sendAnswer(reply: FastifyReply, answer: Answer, onCut: (error: unknown) => void): FastifyReply {
  switch (answer.kind) {
    case "empty":
      return reply
        .code(204)
        .headers(answer.headers ?? {})
        .send();
    case "done":
      return reply.code(200).send();
    case "redirect":
      return reply.redirect(answer.location, 302);
    case "stream":
      // What @fastify/compress looks for: it would hold parts back.
      reply.request.headers["x-no-compression"] = "";
      return reply
        .code(200)
        .headers({ "content-type": answer.contentType, "cache-control": "no-cache" })
        .send(answer.body);
    case "result":
      reply.code(200).header("content-type", answer.contentType);
      if (answer.encoding !== undefined) reply.request.headers["x-no-compression"] = "";
      if (answer.encoding === "snappy") reply.header("content-encoding", "snappy");
      if (answer.body.parts) {
        sendParts(reply, answer.body).catch(onCut);
        return reply;
      }
      spareWork(reply, answer.body.bytes);
      return reply.send(answer.body.bytes);
    case "body":
      return reply
        .code(answer.status ?? 200)
        .headers({ ...answer.headers, "content-type": answer.contentType })
        .send(typeof answer.body === "string" ? bytesOf(answer.body) : answer.body);
    case "data":
      return reply
        .code(200)
        .header("content-type", jsonType)
        .send(bytesOf(JSON.stringify(envelopeOf(answer))));
  }
}

/** Fastify adds a charset to the type of a string. */
function bytesOf(json: string): Buffer {
  return Buffer.from(json);
}

/** Less than the least that a body is printed into, and more than what Node.js cuts small buffers from. */
const discardedBytesMin = 32 * 1024;

// Results of queries are large and full of digits: they are not kept until the next collection, and compressed where that pays.
function spareWork({ request, raw }: FastifyReply, body: Uint8Array<ArrayBuffer>): void {
  // "finish" says that all has been written; a client that hangs up leaves the buffer to the collector.
  if (body.buffer.byteLength >= discardedBytesMin) raw.once("finish", () => discardBuffer(body.buffer));
  const recipient = { address: request.socket.remoteAddress, headers: request.headers };
  // What @fastify/compress looks for.
  if (!isWorthCompressing(body.length, recipient)) request.headers["x-no-compression"] = "";
}

function envelopeOf({ data: value, warnings, infos }: Extract<Answer, { kind: "data" }>): object {
  return {
    status: "success",
    data: value,
    ...(warnings && warnings.length > 0 ? { warnings } : {}),
    ...(infos && infos.length > 0 ? { infos } : {}),
  };
}

/** `status`: where it is not that of the error's type. */
export function sendError(reply: FastifyReply, error: unknown, status?: number): FastifyReply {
  const { type, message } = apiErrorOf(error);
  return reply
    .code(status ?? statusOf[type])
    .header("content-type", jsonType)
    .send(bytesOf(JSON.stringify({ status: "error", errorType: type, error: message })));
}

/** The same for a page: the text alone. */
export function sendTextError(reply: FastifyReply, error: unknown): FastifyReply {
  const { type, message } = apiErrorOf(error);
  return reply
    .code(statusOf[type])
    .header("content-type", plainTextType)
    .send(bytesOf(`${message}\n`));
}

function apiErrorOf(error: unknown): { readonly type: ApiErrorType; readonly message: string } {
  if (error instanceof ApiError || error instanceof QueryError) return { type: error.type, message: error.message };
  if (error instanceof ParseError) return { type: "bad_data", message: error.message };
  if (error instanceof SeriesLimitError) return { type: "execution", message: error.message };
  return { type: "internal", message: errorText(error) };
}
