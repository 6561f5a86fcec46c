// Consul's HTTP API as far as discovery needs it: blocking queries on the catalog and on the health of services
// (developer.hashicorp.com/consul/api-docs/features/blocking). Goes to: consul/provider.
import { ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import type { ProviderWorld } from "../provider.js";
import type { ConsulSdConfig } from "./config.js";

/** How long the server holds a query while nothing changes. */
const waitMs = 120_000;
/** Consul adds up to a sixteenth of the wait; the rest is for the network. */
const answerMs: number = waitMs + 15_000;

export type Blocking<T> = { readonly value: T; readonly index: number };

export class ConsulApi {
  readonly #config: ConsulSdConfig;
  readonly #world: ProviderWorld;
  readonly #client: ApiClient;
  readonly #base: string;

  constructor(config: ConsulSdConfig, world: ProviderWorld) {
    this.#config = config;
    this.#world = world;
    this.#client = new ApiClient(config, { world, timeoutMs: answerMs });
    this.#base = `${config.scheme}://${config.server}${config.path_prefix}`;
  }

  /** The datacenter of the agent that is asked. */
  async agentDatacenter(signal: AbortSignal): Promise<string> {
    const self = await this.#client.json({
      url: apiUrl(this.#base, "/v1/agent/self"),
      headers: this.#headers(),
      signal,
    });
    const datacenter = self.at("Config", "Datacenter").text();
    if (datacenter === "") throw new Error("the agent names no datacenter");
    return datacenter;
  }

  /** Names and tags of all services, when they are others than at `index`. */
  async services(index: number, signal: AbortSignal): Promise<Blocking<Map<string, string[]>>> {
    const query = { ...this.#query(index), ...(this.#config.filter === "" ? {} : { filter: this.#config.filter }) };
    const url = this.#url("/v1/catalog/services", query);
    const { value, index: next } = await this.#ask("services", url, signal);
    const tags = value.fields().map(([name, list]) => [name, list.list().map((tag) => tag.text())] as const);
    return { value: new Map(tags), index: next };
  }

  /** Instances of one service with their node and checks, when they are others than at `index`. */
  async instances(service: string, index: number, signal: AbortSignal): Promise<Blocking<Json>> {
    const { health_filter: filter, tags } = this.#config;
    const query = { ...this.#query(index), ...(filter === "" ? {} : { filter }) };
    const url = this.#url(`/v1/health/service/${encodeURIComponent(service)}`, query);
    for (const tag of tags) url.searchParams.append("tag", tag);
    return this.#ask("service", url, signal);
  }

  close(): void {
    this.#client.close();
  }

  async #ask(call: "services" | "service", url: URL, signal: AbortSignal): Promise<Blocking<Json>> {
    const { clock, metrics } = this.#world;
    const start = clock.now();
    try {
      const { json, headers } = await this.#client.ask({ url, headers: this.#headers(), signal });
      const index = Number(headers["x-consul-index"] ?? 0);
      return { value: json, index: Number.isSafeInteger(index) && index > 0 ? index : 0 };
    } catch (error) {
      if (!signal.aborted) metrics.consulRpcFailures.inc();
      throw error;
    } finally {
      metrics.consulRpcDuration.observe({ endpoint: "catalog", call }, (clock.now() - start) / 1000);
    }
  }

  #url(path: string, query: Readonly<Record<string, string>>): URL {
    const url = apiUrl(this.#base, path, query);
    for (const [key, value] of Object.entries(this.#config.node_meta)) {
      url.searchParams.append("node-meta", `${key}:${value}`);
    }
    return url;
  }

  #query(index: number): Record<string, string> {
    const { datacenter, namespace, partition, allow_stale } = this.#config;
    const query: Record<string, string> = { index: String(index), wait: `${waitMs}ms` };
    if (allow_stale) query["stale"] = "";
    if (datacenter !== "") query["dc"] = datacenter;
    if (namespace !== "") query["ns"] = namespace;
    if (partition !== "") query["partition"] = partition;
    return query;
  }

  #headers(): Record<string, string> {
    const token = this.#config.token?.reveal() ?? "";
    return token === "" ? {} : { "x-consul-token": token };
  }
}
