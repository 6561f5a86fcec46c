// Instances of one Consul service → a target group.
// Comes from: consul/api. Goes to: consul/provider.
import type { Json } from "../json.js";
import { joinHostPort, prefixedLabels } from "../label-name.js";
import type { TargetGroup } from "../provider.js";

export type ServiceOf = { readonly name: string; readonly datacenter: string; readonly tagSeparator: string };

export function serviceGroup(instances: Json, { name, datacenter, tagSeparator }: ServiceOf): TargetGroup {
  return {
    source: name,
    targets: instances.list().map((instance) => targetOf(instance, tagSeparator)),
    labels: { __meta_consul_service: name, __meta_consul_dc: datacenter },
  };
}

function targetOf(instance: Json, separator: string): Record<string, string> {
  const node = instance.at("Node");
  const service = instance.at("Service");
  const tags = service
    .at("Tags")
    .list()
    .map((tag) => tag.text());
  const port = service.at("Port").number();
  const address = service.at("Address").text();
  return {
    __address__: joinHostPort(address === "" ? node.at("Address").text() : address, port),
    __meta_consul_address: node.at("Address").text(),
    __meta_consul_node: node.at("Node").text(),
    __meta_consul_namespace: service.at("Namespace").text(),
    __meta_consul_partition: service.at("Partition").text(),
    // A separator at both ends too, so that a regular expression finds a tag by `,tag,`.
    __meta_consul_tags: `${separator}${tags.join(separator)}${separator}`,
    __meta_consul_service_address: address,
    __meta_consul_service_port: String(port),
    __meta_consul_service_id: service.at("ID").text(),
    __meta_consul_health: aggregatedStatus(instance.at("Checks").list()),
    ...prefixedLabels("__meta_consul_metadata_", node.at("Meta").texts()),
    ...prefixedLabels("__meta_consul_service_metadata_", service.at("Meta").texts()),
    ...prefixedLabels("__meta_consul_tagged_address_", node.at("TaggedAddresses").texts()),
  };
}

/** The worst of the checks; maintenance is worse than critical. */
function aggregatedStatus(checks: readonly Json[]): string {
  const isMaintenance = checks.some((check) => {
    const id = check.at("CheckID").text();
    return id === "_node_maintenance" || id.startsWith("_service_maintenance:");
  });
  if (isMaintenance) return "maintenance";
  const statuses = new Set(checks.map((check) => check.at("Status").text()));
  return ["critical", "warning"].find((status) => statuses.has(status)) ?? "passing";
}
