// The Docker Engine API over a unix socket or TCP (docs.docker.com/reference/api/engine/).
// Goes to: docker/provider, dockerswarm/provider.
import { type ApiClient, apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { prefixedLabels } from "../label-name.js";
import type { DockerFilter, EngineConfig } from "./config.js";

export type EngineRequest = { readonly path: string; readonly filters?: readonly DockerFilter[] };

export type Engine = (request: EngineRequest) => Promise<Json>;

export function engineOf(config: EngineConfig, api: ApiClient, signal: AbortSignal): Engine {
  const { host } = config;
  const isUnix = host.startsWith("unix://");
  const base = isUnix ? "http://docker" : host.replace(/^tcp:/, config.tls_config ? "https:" : "http:");
  const socketPath = isUnix ? host.slice("unix://".length) : undefined;
  return ({ path, filters = [] }) => {
    const query = filters.length === 0 ? {} : { filters: JSON.stringify(filterMap(filters)) };
    return api.json({ url: apiUrl(base, path, query), signal, socketPath });
  };
}

function filterMap(filters: readonly DockerFilter[]): Record<string, string[]> {
  const map: Record<string, string[]> = {};
  for (const { name, values } of filters) map[name] = [...(map[name] ?? []), ...values];
  return map;
}

/** Labels of each network, by its id. */
export async function networkLabels(engine: Engine, prefix: string): Promise<Map<string, Record<string, string>>> {
  const networks = await engine({ path: "/networks" });
  const labels = networks.list().map((network) => {
    const own = {
      [`${prefix}network_id`]: network.at("Id").text(),
      [`${prefix}network_name`]: network.at("Name").text(),
      [`${prefix}network_scope`]: network.at("Scope").text(),
      [`${prefix}network_internal`]: String(network.at("Internal").flag()),
      [`${prefix}network_ingress`]: String(network.at("Ingress").flag()),
    };
    const marks = prefixedLabels(`${prefix}network_label_`, network.at("Labels").texts());
    return [network.at("Id").text(), { ...own, ...marks }] as const;
  });
  return new Map(labels);
}
