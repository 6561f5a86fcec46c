import type { Json } from "../../json.js";
import { joinHostPort, sanitizeLabelName } from "../../label-name.js";
import { metaPrefix, objectLabels, setLabels } from "../labels.js";
import type { Role } from "../role.js";

/** One target for each node: its kubelet. */
export const nodeRole: Role = {
  kind: "nodes",
  joins: () => [],
  group(node) {
    const name = node.at("metadata", "name").text();
    return { source: `node/${name}`, targets: targetsOf(node, name), labels: nodeLabels(node) };
  },
};

function nodeLabels(node: Json): Record<string, string> {
  const conditions = node
    .at("status", "conditions")
    .list()
    .map((condition) => {
      const type = sanitizeLabelName(condition.at("type").text().toLowerCase());
      return [`node_condition_${type}`, condition.at("status").text().toLowerCase()] as const;
    });
  return {
    ...objectLabels(node, "node"),
    ...setLabels("", { node_provider_id: node.at("spec", "providerID").text(), ...Object.fromEntries(conditions) }),
  };
}

/** In the order of the kubelet's own preference. */
const preferredTypes = ["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"];

function targetsOf(node: Json, name: string): Record<string, string>[] {
  const addresses = new Map<string, string>();
  for (const one of node.at("status", "addresses").list()) {
    const type = one.at("type").text();
    if (!addresses.has(type)) addresses.set(type, one.at("address").text());
  }
  const type = preferredTypes.find((candidate) => addresses.has(candidate));
  if (type === undefined) return [];
  const port = node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port").number();
  const labels = [...addresses].map(
    ([kind, address]) => [`${metaPrefix}node_address_${sanitizeLabelName(kind)}`, address] as const,
  );
  return [
    {
      __address__: joinHostPort(addresses.get(type) as string, port),
      instance: name,
      ...Object.fromEntries(labels),
    },
  ];
}
