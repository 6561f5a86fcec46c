// Pushes a registry to a Pushgateway, for jobs that end before anybody scrapes them.
import { type Registry, register } from "./registry.js";

/** Bytes of an answer that an error repeats. */
const answerTextMax = 500;

export interface PushOptions {
  readonly timeoutMs?: number;
  /** Sent along, for authorization. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PushGroup {
  readonly jobName: string;
  readonly groupings?: Readonly<Record<string, string>>;
}

/** The Pushgateway refused, or did not answer. */
export class PushError extends Error {
  override readonly name = "PushError";
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, options: { readonly status?: number; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.status = options.status;
  }
}

export class Pushgateway {
  readonly #url: string;
  readonly #options: PushOptions;
  readonly #registry: Registry;

  /** `url` without "/metrics": "http://127.0.0.1:9091". */
  constructor(url: string, options: PushOptions = {}, registry: Registry = register) {
    this.#url = url.replace(/\/+$/, "");
    this.#options = options;
    this.#registry = registry;
  }

  /** Replaces all metrics of the group. */
  async push(group: PushGroup): Promise<void> {
    await this.#send("PUT", group, await this.#registry.metrics());
  }

  /** Replaces the group's metrics of the same names. */
  async pushAdd(group: PushGroup): Promise<void> {
    await this.#send("POST", group, await this.#registry.metrics());
  }

  async delete(group: PushGroup): Promise<void> {
    await this.#send("DELETE", group, undefined);
  }

  async #send(method: string, group: PushGroup, body: string | undefined): Promise<void> {
    const url = this.#url + groupPath(group);
    const { headers, timeoutMs = 10_000 } = this.#options;
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": this.#registry.contentType }) },
      body: body ?? null,
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new PushError(`cannot reach the Pushgateway at ${url}`, { cause });
    });
    const text = await answer.text();
    if (answer.ok) return;
    const { status } = answer;
    throw new PushError(`unexpected status code ${status} from ${url}: ${text.slice(0, answerTextMax)}`, { status });
  }
}

function groupPath({ jobName, groupings = {} }: PushGroup): string {
  const pairs = [["job", jobName], ...Object.entries(groupings)] as const;
  return `/metrics${pairs.map(([name, value]) => pathPair(name as string, value as string)).join("")}`;
}

// Values that a path cannot hold go in base64, as the Pushgateway reads them.
function pathPair(name: string, value: string): string {
  if (value === "") return `/${name}@base64/=`;
  if (!value.includes("/")) return `/${name}/${encodeURIComponent(value)}`;
  return `/${name}@base64/${Buffer.from(value).toString("base64url")}`;
}
