import { stringify } from "yaml";

/** YAML text for status pages: secrets masked, undefined fields left out. */
export function printYaml(value: unknown): string {
  return stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0, version: "1.1", indentSeq: false });
}
