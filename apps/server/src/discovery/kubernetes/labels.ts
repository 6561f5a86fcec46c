// Labels that every kind of object has. Goes to: the roles.
import type { Json } from "../json.js";
import { sanitizeLabelName } from "../label-name.js";

export const metaPrefix = "__meta_kubernetes_";

/** Name, labels and annotations of an object, as `role` calls them. */
export function objectLabels(object: Json, role: string): Record<string, string> {
  return { [`${metaPrefix}${role}_name`]: object.at("metadata", "name").text(), ...mapLabels(object, role) };
}

/** Labels and annotations, each with a mark that it is there: relabelling cannot tell an empty value from none. */
export function mapLabels(object: Json, role: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const add = (kind: string, values: Record<string, string>): void => {
    for (const [key, value] of Object.entries(values)) {
      const name = sanitizeLabelName(key);
      labels[`${metaPrefix}${role}_${kind}_${name}`] = value;
      labels[`${metaPrefix}${role}_${kind}present_${name}`] = "true";
    }
  };
  add("label", object.at("metadata", "labels").texts());
  add("annotation", object.at("metadata", "annotations").texts());
  return labels;
}

export function namespaceLabel(object: Json): Record<string, string> {
  return { [`${metaPrefix}namespace`]: object.at("metadata", "namespace").text() };
}

/** Labels under `prefix`; those without a value stay away. */
export function setLabels(
  prefix: string,
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const set = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
  );
  return Object.fromEntries(set.map(([name, value]) => [`${metaPrefix}${prefix}${name}`, value]));
}
