// The kinds of objects that discovery watches, and where the API has them.
import type { Json } from "../json.js";

export type ResourceKind =
  | "nodes"
  | "namespaces"
  | "pods"
  | "services"
  | "endpoints"
  | "endpointslices"
  | "ingresses"
  | "replicasets"
  | "jobs";

type Resource = {
  readonly group: string;
  readonly isNamespaced: boolean;
  /** As selectors and metrics call it. */
  readonly role: string;
};

export const resources: Readonly<Record<ResourceKind, Resource>> = {
  nodes: { group: "/api/v1", isNamespaced: false, role: "node" },
  namespaces: { group: "/api/v1", isNamespaced: false, role: "namespace" },
  pods: { group: "/api/v1", isNamespaced: true, role: "pod" },
  services: { group: "/api/v1", isNamespaced: true, role: "service" },
  endpoints: { group: "/api/v1", isNamespaced: true, role: "endpoints" },
  endpointslices: { group: "/apis/discovery.k8s.io/v1", isNamespaced: true, role: "endpointslice" },
  ingresses: { group: "/apis/networking.k8s.io/v1", isNamespaced: true, role: "ingress" },
  replicasets: { group: "/apis/apps/v1", isNamespaced: true, role: "replicaset" },
  jobs: { group: "/apis/batch/v1", isNamespaced: true, role: "job" },
};

/** The path of a kind in one namespace; "" for all of them. */
export function resourcePath(kind: ResourceKind, namespace: string): string {
  const { group, isNamespaced } = resources[kind];
  return isNamespaced && namespace !== "" ? `${group}/namespaces/${namespace}/${kind}` : `${group}/${kind}`;
}

/** "namespace/name", or the name of what has no namespace. */
export function objectKey(object: Json): string {
  const namespace = object.at("metadata", "namespace").text();
  const name = object.at("metadata", "name").text();
  return namespace === "" ? name : `${namespace}/${name}`;
}
