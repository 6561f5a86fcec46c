// The /metrics endpoint for node:http and whatever takes its handlers.
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Exposed, exposeFamilies } from "@narthex/formats";
import type { Registry } from "./registry.js";

const compress = promisify(gzip);

/** The exposition in the format that an `Accept` header prefers. */
export async function answerScrape(registry: Registry, accept: string | undefined): Promise<Exposed> {
  return exposeFamilies(await registry.families(), accept);
}

/** Answers GET and HEAD with the registry's metrics, 500 with the reason where a `collect` callback fails. */
export function metricsHandler(registry: Registry): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    writeAnswer(registry, request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
      response.end(`An error has occurred while serving metrics:\n\n${reason}\n`);
    });
  };
}

async function writeAnswer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  const { contentType, body } = await answerScrape(registry, request.headers.accept);
  const headers: Record<string, string> = { "content-type": contentType, vary: "Accept, Accept-Encoding" };
  let bytes: Uint8Array = body;
  if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(request.headers["accept-encoding"] ?? ""))) {
    bytes = await compress(bytes);
    headers["content-encoding"] = "gzip";
  }
  response.writeHead(200, { ...headers, "content-length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}
