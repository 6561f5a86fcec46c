import type { Json } from "../../json.js";
import { joinHostPort } from "../../label-name.js";
import { namespaceLabel, objectLabels, setLabels } from "../labels.js";
import type { Lookup, Role } from "../role.js";
import { attachedNamespace } from "./attach.js";

/** One target for each port of a service, by its name in the cluster's DNS. */
export const serviceRole: Role = {
  kind: "services",
  joins: (attach) => (attach.namespace ? ["namespaces"] : []),
  group(service, scope) {
    const namespace = service.at("metadata", "namespace").text();
    const name = service.at("metadata", "name").text();
    return {
      source: `svc/${namespace}/${name}`,
      targets: service
        .at("spec", "ports")
        .list()
        .map((port) => ({
          __address__: joinHostPort(`${name}.${namespace}.svc`, port.at("port").number()),
          ...portLabels(service, port),
        })),
      labels: { ...serviceLabels(service), ...attachedNamespace(namespace, scope) },
    };
  },
};

function serviceLabels(service: Json): Record<string, string> {
  return { ...namespaceLabel(service), ...objectLabels(service, "service") };
}

function portLabels(service: Json, port: Json): Record<string, string> {
  const spec = service.at("spec");
  const type = spec.at("type").text();
  return setLabels("service_", {
    port_name: port.at("name").text(),
    port_number: port.at("port").print(),
    port_protocol: port.at("protocol").text(),
    type,
    ...(type === "ExternalName"
      ? { external_name: spec.at("externalName").text() }
      : { cluster_ip: spec.at("clusterIP").text() }),
    ...(type === "LoadBalancer" ? { loadbalancer_ip: spec.at("loadBalancerIP").text() } : {}),
  });
}

/** Of the service that endpoints belong to. */
export function joinedServiceLabels(lookup: Lookup, key: string): Record<string, string> {
  const service = lookup("services", key);
  return service ? serviceLabels(service) : {};
}
