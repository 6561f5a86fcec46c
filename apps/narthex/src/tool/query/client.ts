// Calls a server's query API and tells its errors as promtool does.
import { errorText, type FlagSpec, type HttpClient, stringFlag } from "@narthex/service";
import { createToolClient, httpFlags, replyBytesMax } from "../server-client.js";

export type QueryFlags = {
  readonly format: FlagSpec<string>;
  readonly "http.config.file": FlagSpec<string>;
};

export const queryFlags: QueryFlags = {
  format: stringFlag("promql", "Output format of the query.", { short: "o", choices: ["promql", "json"] }),
  ...httpFlags,
};

const timeoutMs = 130_000;

export type ApiRequest = {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly parameters: URLSearchParams;
  readonly configFile: string;
  readonly headers?: Readonly<Record<string, string>>;
};

type Reply<T> = {
  readonly status: string;
  readonly data?: T;
  readonly error?: string;
  readonly errorType?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
};

/** The answer's data; undefined where there is none, and then standard error says why. */
export async function askApi<T>(request: ApiRequest): Promise<T | undefined> {
  const client = createToolClient(request.configFile);
  try {
    const reply = await send<T>(client, request);
    for (const warning of reply.warnings ?? []) process.stderr.write(`Warning: ${warning}\n`);
    for (const info of reply.infos ?? []) process.stderr.write(`Info: ${info}\n`);
    if (reply.status === "success" && reply.data !== undefined) return reply.data;
    process.stderr.write(`query error: ${reply.errorType ?? "unknown"}: ${reply.error ?? "no answer"}\n`);
  } catch (error) {
    process.stderr.write(`query error: ${errorText(error)}\n`);
  } finally {
    client.close();
  }
  return undefined;
}

async function send<T>(client: HttpClient, { url, method, parameters, headers }: ApiRequest): Promise<Reply<T>> {
  const query = parameters.toString();
  const bounds = { timeoutMs, bodyBytesMax: replyBytesMax };
  const get = { method: "GET", url: query === "" ? url : `${url}?${query}`, headers: { ...headers }, ...bounds };
  const form = { ...headers, "content-type": "application/x-www-form-urlencoded" };
  const first = method === "GET" ? get : { ...get, method: "POST", url, headers: form, body: query };
  let answer = await client.request(first);
  // What stands between may take no form.
  if (method === "POST" && (answer.status === 405 || answer.status === 501)) answer = await client.request(get);
  return replyOf<T>(answer);
}

function replyOf<T>({ status, body }: { status: number; body: Buffer }): Reply<T> {
  const text = body.toString();
  try {
    return JSON.parse(text) as Reply<T>;
  } catch (error) {
    if (status >= 200 && status < 300)
      throw new Error("the answer is not JSON: is this a Prometheus server?", { cause: error });
    const kind = status < 500 ? "client_error: client error" : "server_error: server error";
    return { status: "error", errorType: kind, error: `${status} (detail: ${text.trim().slice(0, 512)})` };
  }
}
