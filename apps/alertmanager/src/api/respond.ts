// Answers and errors of the API, in the two forms Alertmanager has: a JSON string where its own code refuses, an
// object with a code where the schema of the request is not kept.

import { errorText } from "@narthex/service";
import type { FastifyReply } from "fastify";

/** Refused by the API's own rules. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Refused by the request's schema; `code` is 400 for what does not parse, else go-openapi's number. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** go-openapi's codes. */
export const schemaCodes: Readonly<Record<"type" | "required" | "fewItems", number>> = {
  type: 601,
  required: 602,
  fewItems: 612,
};

export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type("application/json").send(`${JSON.stringify(value)}\n`);
}

export function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof ApiError) return sendJson(reply.status(error.status), error.message);
  const schema = error instanceof SchemaError ? error : requestError(error);
  if (!schema) return sendJson(reply.status(500), errorText(error));
  const status = schema.code < 600 ? schema.code : 422;
  return sendJson(reply.status(status), { code: schema.code, message: schema.message });
}

// What the HTTP server found wrong before a handler ran, such as a body beyond the bound.
function requestError(error: unknown): SchemaError | undefined {
  const status = (error as { statusCode?: number }).statusCode;
  if (status === undefined || status < 400 || status > 499) return undefined;
  return new SchemaError(status, errorText(error));
}
