// Labels from AWS' XML answers by a table: what AWS did not say makes no label. Goes to: aws/elasticache, aws/rds.
import { prefixedLabels } from "../label-name.js";
import type { Xml } from "../xml.js";

/** A label's name without its prefix, and the names of elements that lead to its value. */
export type LabelPath = readonly [label: string, ...path: string[]];

export function labelsOf(node: Xml, prefix: string, paths: readonly LabelPath[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [label, ...path] of paths) {
    const text = node.text(...path);
    if (text !== "") labels[`${prefix}${label}`] = withoutFraction(text);
  }
  return labels;
}

/** Labels of each of a list, with its place in it at their end. */
export function indexedLabels(
  nodes: readonly Xml[],
  prefix: string,
  paths: readonly LabelPath[],
): Record<string, string> {
  const lists = nodes.map((node, i) =>
    Object.entries(labelsOf(node, prefix, paths)).map(([name, value]) => [`${name}_${i}`, value] as const),
  );
  return Object.fromEntries(lists.flat());
}

/** Of a TagList. */
export function tagLabels(tags: readonly Xml[], prefix: string): Record<string, string> {
  const pairs = tags.map((tag) => [tag.text("Key"), tag.text("Value")] as const);
  return prefixedLabels(prefix, Object.fromEntries(pairs));
}

/** Times are told to the second. */
function withoutFraction(text: string): string {
  return text.replace(/^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.\d+Z$/, "$1Z");
}
