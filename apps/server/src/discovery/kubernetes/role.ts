// What the roles have in common: each turns one object, with what belongs to it, into one target group.
// Implemented by: kubernetes/roles/*. Goes to: kubernetes/groups.
import type { Json } from "../json.js";
import type { TargetGroup } from "../provider.js";
import type { AttachMetadata } from "./config.js";
import type { ResourceKind } from "./resources.js";

/** Finds another object by its key. What was asked for is remembered: when it changes, the group is made anew. */
export type Lookup = (kind: ResourceKind, key: string) => Json | undefined;

export type RoleScope = { readonly lookup: Lookup; readonly attach: AttachMetadata };

export type Role = {
  /** One group for each of these objects. */
  readonly kind: ResourceKind;
  /** What else is watched. */
  readonly joins: (attach: AttachMetadata) => readonly ResourceKind[];
  readonly group: (object: Json, scope: RoleScope) => TargetGroup;
};

/** Kinds that `attach_metadata` makes a role of pods watch. */
export function attachedKinds(attach: AttachMetadata): ResourceKind[] {
  const kinds: ResourceKind[] = [];
  if (attach.node) kinds.push("nodes");
  if (attach.namespace) kinds.push("namespaces");
  if (attach.deployment) kinds.push("replicasets");
  if (attach.cronjob) kinds.push("jobs");
  return kinds;
}
