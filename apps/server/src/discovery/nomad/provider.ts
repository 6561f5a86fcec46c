// nomad_sd_configs: instances of the services that are registered with Nomad itself
// (developer.hashicorp.com/nomad/api-docs/services). Goes to: discovery/manager.
import { apiUrl } from "../api-client.js";
import type { Json } from "../json.js";
import { joinHostPort } from "../label-name.js";
import type { Provider } from "../provider.js";
import { apiProvider } from "../refresh.js";
import type { NomadSdConfig } from "./config.js";

export const nomadProvider: Provider<NomadSdConfig> = apiProvider<NomadSdConfig>({
  name: "nomad",
  async list(config, api, signal) {
    const { server, namespace, region, allow_stale } = config;
    const query = { namespace, region, ...(allow_stale ? { stale: "" } : {}) };
    const spaces = await api.json({ url: apiUrl(server, "/v1/services", query), signal });
    const services = spaces.list().flatMap((space) => space.at("Services").list());
    const targets: Record<string, string>[] = [];
    for (const service of services) {
      const name = service.at("ServiceName").text();
      const url = apiUrl(server, `/v1/service/${encodeURIComponent(name)}`, query);
      const instances = await api.json({ url, signal });
      for (const instance of instances.list()) targets.push(targetOf(instance, config));
    }
    return [{ source: "Nomad", targets, labels: {} }];
  },
  countFailure: (metrics) => metrics.nomadFailures.inc(),
});

function targetOf(instance: Json, { tag_separator }: NomadSdConfig): Record<string, string> {
  const address = instance.at("Address").text();
  const port = instance.at("Port").number();
  const tags = instance
    .at("Tags")
    .list()
    .map((tag) => tag.text());
  return {
    __address__: joinHostPort(address, port),
    __meta_nomad_address: address,
    __meta_nomad_dc: instance.at("Datacenter").text(),
    __meta_nomad_namespace: instance.at("Namespace").text(),
    __meta_nomad_node_id: instance.at("NodeID").text(),
    __meta_nomad_service: instance.at("ServiceName").text(),
    __meta_nomad_service_address: address,
    __meta_nomad_service_id: instance.at("ID").text(),
    __meta_nomad_service_port: String(port),
    __meta_nomad_tags: `${tag_separator}${tags.join(tag_separator)}${tag_separator}`,
  };
}
