// What is kept of an object: what some label is made of. Specs, images and records of who set which field are most of an
// object's memory, and nobody asks for them.
import type { ResourceKind } from "./resources.js";

type Fields = { readonly [Name in string]: true | Fields };

const metadata: Fields = {
  name: true,
  namespace: true,
  uid: true,
  labels: true,
  annotations: true,
  ownerReferences: { kind: true, name: true, controller: true },
};
const owner: Fields = {
  metadata: { name: true, namespace: true, ownerReferences: metadata["ownerReferences"] as Fields },
};
const container: Fields = { name: true, image: true, ports: true };
const containerStatus: Fields = { name: true, containerID: true };

const kept: Readonly<Record<ResourceKind, Fields>> = {
  nodes: {
    metadata,
    spec: { providerID: true },
    status: { addresses: true, conditions: { type: true, status: true }, daemonEndpoints: true },
  },
  namespaces: { metadata },
  pods: {
    metadata,
    spec: { nodeName: true, containers: container, initContainers: container },
    status: {
      podIP: true,
      hostIP: true,
      phase: true,
      conditions: { type: true, status: true },
      containerStatuses: containerStatus,
      initContainerStatuses: containerStatus,
    },
  },
  services: {
    metadata,
    spec: { ports: true, type: true, clusterIP: true, externalName: true, loadBalancerIP: true },
  },
  endpoints: { metadata, subsets: true },
  endpointslices: { metadata, addressType: true, ports: true, endpoints: true },
  ingresses: { metadata, spec: { ingressClassName: true, tls: { hosts: true }, rules: true } },
  replicasets: owner,
  jobs: owner,
};

export function keepFields(kind: ResourceKind, object: unknown): unknown {
  return pick(object, kept[kind]);
}

/** Of a list, from each item. What is not there stays away. */
function pick(value: unknown, fields: true | Fields): unknown {
  if (fields === true || value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => pick(item, fields));
  // An object that JSON.parse made.
  const record = value as Record<string, unknown>;
  const names = Object.keys(fields).filter((name) => Object.hasOwn(record, name));
  return Object.fromEntries(names.map((name) => [name, pick(record[name], fields[name] as true | Fields)]));
}
