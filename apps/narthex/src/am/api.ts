// Calls Alertmanager's API v2.
import { UsageError } from "@narthex/service";
import { createToolClient, replyBytesMax, serverUrl } from "../tool/server-client.js";

export type AmServer = {
  readonly "alertmanager.url": string;
  readonly timeout: number;
  readonly "http.config.file": string;
};

export type ApiMatcher = {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual?: boolean;
};

export type ApiSilence = {
  readonly id?: string;
  readonly matchers: readonly ApiMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt?: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly status?: { readonly state: "active" | "pending" | "expired" };
};

export type ApiAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
  readonly status: { readonly state: string };
};

export type ApiStatus = {
  readonly cluster: {
    readonly status: string;
    readonly name?: string;
    readonly peers?: readonly { readonly name: string; readonly address: string }[];
  };
  readonly config: { readonly original: string };
  readonly versionInfo: Readonly<Record<string, string>>;
  readonly uptime: string;
};

type Call = { readonly method?: string; readonly parameters?: URLSearchParams; readonly body?: unknown };

/** The answer; undefined where it is empty. Rejects with what the server says. */
export async function callApi<T>(
  server: AmServer,
  path: string,
  { method = "GET", parameters, body }: Call = {},
): Promise<T> {
  const client = createToolClient(server["http.config.file"]);
  const query = parameters && parameters.size > 0 ? `?${parameters.toString()}` : "";
  const url = `${serverUrl(server["alertmanager.url"])}/api/v2${path}${query}`;
  if (!URL.canParse(url)) throw new UsageError(`${url} is no URL`);
  try {
    const answer = await client.request({
      method,
      url,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      timeoutMs: server.timeout,
      bodyBytesMax: replyBytesMax,
    });
    const text = answer.body.toString();
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`[${method} ${path}][${answer.status}] ${messageOf(text)}`);
    }
    // Typed by the API's contract.
    return (text.trim() === "" ? undefined : JSON.parse(text)) as T;
  } finally {
    client.close();
  }
}

/** Errors are JSON strings, or objects of the framework. */
function messageOf(text: string): string {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "string") return value;
    if (typeof value === "object" && value !== null && "message" in value) return String(value.message);
    return text.trim();
  } catch {
    return text.trim();
  }
}
