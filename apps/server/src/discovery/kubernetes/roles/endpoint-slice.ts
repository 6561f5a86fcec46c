import type { Json } from "../../json.js";
import { joinHostPort, sanitizeLabelName } from "../../label-name.js";
import { namespaceLabel, objectLabels, setLabels } from "../labels.js";
import { objectKey } from "../resources.js";
import { attachedKinds, type Role, type RoleScope } from "../role.js";
import { attachedNamespace, attachedNode } from "./attach.js";
import { BackingPods } from "./backing-pods.js";
import { joinedServiceLabels } from "./service.js";

/** One target for each address and port of each endpoint, and for the other ports of the pods behind them. */
export const endpointSliceRole: Role = {
  kind: "endpointslices",
  joins: (attach) => ["services", "pods", ...attachedKinds(attach)],
  group(slice, scope) {
    const pods = new BackingPods(scope);
    const namespace = slice.at("metadata", "namespace").text();
    const service = slice.at("metadata", "labels", "kubernetes.io/service-name").text();
    const targets = slice
      .at("endpoints")
      .list()
      .flatMap((endpoint) => endpointTargets(endpoint, slice, { pods, scope }));
    return {
      source: `endpointslice/${objectKey(slice)}`,
      targets: [...targets, ...pods.otherTargets()],
      labels: {
        ...namespaceLabel(slice),
        ...objectLabels(slice, "endpointslice"),
        ...setLabels("endpointslice_", { address_type: slice.at("addressType").text() }),
        ...(service === "" ? {} : joinedServiceLabels(scope.lookup, `${namespace}/${service}`)),
        ...attachedNamespace(namespace, scope),
      },
    };
  },
};

type SliceScope = { readonly pods: BackingPods; readonly scope: RoleScope };

function endpointTargets(endpoint: Json, slice: Json, { pods, scope }: SliceScope): Record<string, string>[] {
  const node = attachedNode(nodeOf(endpoint), scope);
  const labels = { ...endpointLabels(endpoint), ...topologyLabels(endpoint), ...node };
  return slice
    .at("ports")
    .list()
    .flatMap((port) => {
      const number = port.at("port").isNull ? undefined : port.at("port").number();
      return endpoint
        .at("addresses")
        .list()
        .map((address) => ({
          __address__: number === undefined ? address.text() : joinHostPort(address.text(), number),
          ...labels,
          ...portLabels(port),
          ...pods.labelsAt(endpoint.at("targetRef"), number),
        }));
    });
}

function portLabels(port: Json): Record<string, string> {
  return setLabels("endpointslice_", {
    port: port.at("port").print(),
    port_name: port.at("name").text(),
    port_protocol: port.at("protocol").text(),
    port_app_protocol: port.at("appProtocol").text(),
  });
}

function endpointLabels(endpoint: Json): Record<string, string> {
  const conditions = endpoint.at("conditions");
  const targetRef = endpoint.at("targetRef");
  return setLabels("endpointslice_", {
    address_target_kind: targetRef.at("kind").text(),
    address_target_name: targetRef.at("name").text(),
    endpoint_conditions_ready: conditions.at("ready").print(),
    endpoint_conditions_serving: conditions.at("serving").print(),
    endpoint_conditions_terminating: conditions.at("terminating").print(),
    endpoint_hostname: endpoint.at("hostname").text(),
    endpoint_node_name: endpoint.at("nodeName").text(),
    endpoint_zone: endpoint.at("zone").text(),
  });
}

function topologyLabels(endpoint: Json): Record<string, string> {
  const labels = Object.entries(endpoint.at("deprecatedTopology").texts()).flatMap(([key, value]) => {
    const name = sanitizeLabelName(key);
    return [
      [`endpoint_topology_${name}`, value],
      [`endpoint_topology_present_${name}`, "true"],
    ];
  });
  return setLabels("endpointslice_", Object.fromEntries(labels) as Record<string, string>);
}

function nodeOf(endpoint: Json): string {
  const name = endpoint.at("nodeName").text();
  const targetRef = endpoint.at("targetRef");
  return name === "" && targetRef.at("kind").text() === "Node" ? targetRef.at("name").text() : name;
}
