// /etc/os-release: name and version of the distribution.
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { isMissing, readText } from "../files.js";
import type { Paths } from "../paths.js";

const labelNames = [
  "build_id",
  "id",
  "id_like",
  "image_id",
  "image_version",
  "name",
  "pretty_name",
  "variant",
  "variant_id",
  "version",
  "version_codename",
  "version_id",
] as const;

const info = gauge("node_os_info", "The distribution as os-release names it, in labels; always 1.");
const version = gauge("node_os_version", "The major and minor version of the distribution as a number.");
const supportEnd = gauge(
  "node_os_support_end_timestamp_seconds",
  "When support of the distribution ends, in seconds since 1970.",
);

export const os: Collector = defineCollector({
  name: "os",
  isDefault: true,
  open: ({ paths }) => {
    return (table) => {
      const release = parseRelease(readRelease(paths));
      const value = (name: string): string => release.get(name.toUpperCase()) ?? "";
      table.add(info, 1, Object.fromEntries(labelNames.map((name) => [name, value(name)])));
      const number = /^\d+(\.\d+)?/.exec(value("version_id"))?.[0];
      const labels = { id: value("id"), id_like: value("id_like"), name: value("name") };
      if (number !== undefined) table.add(version, Number(number), labels);
      const end = Date.parse(value("support_end"));
      if (!Number.isNaN(end)) table.add(supportEnd, end / 1000);
    };
  },
});

function readRelease(paths: Paths): string {
  try {
    return readText(paths.root("etc/os-release"));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return readText(paths.root("usr/lib/os-release"));
  }
}

// NAME=value as a shell would read it; quotes around the value go.
function parseRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value = ""] = /^\s*([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, value.trim().replace(/^(["'])(.*)\1$/, "$2"));
  }
  return values;
}
