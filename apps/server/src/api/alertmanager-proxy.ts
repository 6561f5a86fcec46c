// /alertmanager/api/v2/*: hands the UI's calls on to the first Alertmanager that discovery found, so that one origin
// serves the whole UI. Nothing but this API is reachable through it, and bodies are bounded both ways.
// There are no cross-origin headers here, and a body has to be JSON: another site's page can send neither.
import { createHttpClient, defaultHttpClientConfig, errorText, type HttpClient } from "@narthex/service";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

export type ProxyOptions = {
  readonly prefix: string;
  /** URLs that alerts are posted to. */
  readonly alertmanagers: () => readonly string[];
};

const requestBytesMax = 1024 * 1024;
const responseBytesMax = 64 * 1024 * 1024;
const timeoutMs = 30_000;
const apiPath = "/alertmanager/api/v2";

export function addAlertmanagerProxy(app: FastifyInstance, { prefix, alertmanagers }: ProxyOptions): void {
  const client = createHttpClient(defaultHttpClientConfig);
  app.addHook("onClose", async () => client.close());
  app.route({
    method: ["GET", "POST", "DELETE"],
    url: `${prefix}${apiPath}/*`,
    bodyLimit: requestBytesMax,
    handler: async (request, reply) => {
      const [url] = alertmanagers();
      if (url === undefined) return refuse(reply, 503, "no Alertmanager is configured");
      if (request.method === "POST" && !isJson(request)) return refuse(reply, 415, "the body has to be JSON");
      const path = request.url.slice(prefix.length + apiPath.length);
      return forward(client, { url: url.replace(/\/alerts$/, "") + path, request, reply });
    },
  });
}

type Hop = { readonly url: string; readonly request: FastifyRequest; readonly reply: FastifyReply };

async function forward(client: HttpClient, { url, request, reply }: Hop): Promise<FastifyReply> {
  if (hasDotSegment(url)) return refuse(reply, 404, "not found");
  try {
    const body = request.method === "POST" ? JSON.stringify(request.body) : undefined;
    const response = await client.request({
      method: request.method,
      url,
      timeoutMs,
      bodyBytesMax: responseBytesMax,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body }),
    });
    const type = response.headers["content-type"] ?? "application/json";
    return reply.code(response.status).type(type).send(response.body);
  } catch (error) {
    return refuse(reply, 502, `Alertmanager does not answer: ${errorText(error)}`);
  }
}

/** `..` in any spelling would lead out of the API. */
function hasDotSegment(url: string): boolean {
  const path = url.split("?")[0] as string;
  return path.split("/").some((part) => /^(?:\.|%2e){1,2}$/i.test(part));
}

function isJson(request: FastifyRequest): boolean {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim() === "application/json";
}

// As Alertmanager says it.
function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply
    .code(status)
    .type("application/json")
    .send(JSON.stringify({ code: status, message }));
}
