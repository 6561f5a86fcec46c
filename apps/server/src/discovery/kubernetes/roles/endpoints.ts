import type { Json } from "../../json.js";
import { joinHostPort } from "../../label-name.js";
import { namespaceLabel, objectLabels, setLabels } from "../labels.js";
import { objectKey } from "../resources.js";
import { attachedKinds, type Role, type RoleScope } from "../role.js";
import { attachedNamespace, attachedNode } from "./attach.js";
import { BackingPods } from "./backing-pods.js";
import { joinedServiceLabels } from "./service.js";

/** One target for each address and port, and for the other ports of the pods behind them. */
export const endpointsRole: Role = {
  kind: "endpoints",
  joins: (attach) => ["services", "pods", ...attachedKinds(attach)],
  group(endpoints, scope) {
    const pods = new BackingPods(scope);
    const key = objectKey(endpoints);
    const targets = endpoints
      .at("subsets")
      .list()
      .flatMap((subset) => subsetTargets(subset, pods, scope));
    return {
      source: `endpoints/${key}`,
      targets: [...targets, ...pods.otherTargets()],
      labels: {
        ...namespaceLabel(endpoints),
        ...objectLabels(endpoints, "endpoints"),
        ...joinedServiceLabels(scope.lookup, key),
        ...attachedNamespace(endpoints.at("metadata", "namespace").text(), scope),
      },
    };
  },
};

function subsetTargets(subset: Json, pods: BackingPods, scope: RoleScope): Record<string, string>[] {
  const addresses = [
    ...subset
      .at("addresses")
      .list()
      .map((address) => ({ address, isReady: "true" })),
    ...subset
      .at("notReadyAddresses")
      .list()
      .map((address) => ({ address, isReady: "false" })),
  ];
  return subset
    .at("ports")
    .list()
    .flatMap((port) =>
      addresses.map(({ address, isReady }) => {
        const number = port.at("port").number();
        const targetRef = address.at("targetRef");
        return {
          __address__: joinHostPort(address.at("ip").text(), number),
          ...endpointLabels(address, port, isReady),
          ...attachedNode(nodeOf(address), scope),
          ...pods.labelsAt(targetRef, number),
        };
      }),
    );
}

function endpointLabels(address: Json, port: Json, isReady: string): Record<string, string> {
  const targetRef = address.at("targetRef");
  return setLabels("endpoint_", {
    ready: isReady,
    port_name: port.at("name").text(),
    port_protocol: port.at("protocol").text(),
    hostname: address.at("hostname").text(),
    node_name: address.at("nodeName").text(),
    address_target_kind: targetRef.at("kind").text(),
    address_target_name: targetRef.at("name").text(),
  });
}

function nodeOf(address: Json): string {
  const name = address.at("nodeName").text();
  const targetRef = address.at("targetRef");
  return name === "" && targetRef.at("kind").text() === "Node" ? targetRef.at("name").text() : name;
}
