// What `attach_metadata` adds. Goes to: the roles.
import type { Json } from "../../json.js";
import { mapLabels, objectLabels, setLabels } from "../labels.js";
import type { RoleScope } from "../role.js";

export function attachedNode(name: string, { lookup, attach }: RoleScope): Record<string, string> {
  if (!attach.node || name === "") return {};
  const node = lookup("nodes", name);
  return node ? objectLabels(node, "node") : {};
}

export function attachedNamespace(name: string, { lookup, attach }: RoleScope): Record<string, string> {
  if (!attach.namespace) return {};
  const namespace = lookup("namespaces", name);
  return namespace ? mapLabels(namespace, "namespace") : {};
}

/** Who made the pod's controller: the deployment of its replica set, the cron job of its job. */
export function attachedControllers(pod: Json, { lookup, attach }: RoleScope): Record<string, string> {
  const namespace = pod.at("metadata", "namespace").text();
  const { kind, name } = controllerOf(pod);
  const above = (resource: "replicasets" | "jobs", wanted: string): string => {
    const object = lookup(resource, `${namespace}/${name}`);
    const owner = object && controllerOf(object);
    return owner?.kind === wanted ? owner.name : "";
  };
  return setLabels("pod_", {
    deployment_name: attach.deployment && kind === "ReplicaSet" ? above("replicasets", "Deployment") : "",
    job_name: attach.job && kind === "Job" ? name : "",
    cronjob_name: attach.cronjob && kind === "Job" ? above("jobs", "CronJob") : "",
  });
}

/** Both empty where nobody controls the object. */
export function controllerOf(object: Json): { readonly kind: string; readonly name: string } {
  const owner = object
    .at("metadata", "ownerReferences")
    .list()
    .find((one) => one.at("controller").flag());
  return { kind: owner?.at("kind").text() ?? "", name: owner?.at("name").text() ?? "" };
}
