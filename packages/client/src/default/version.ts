import { Gauge } from "../gauge.js";
import type { DefaultScope } from "./scope.js";

/** nodejs_version_info, always 1. */
export function addVersionMetric({ registers, prefix, labels, labelNames }: DefaultScope): void {
  const [major = "", minor = "", patch = ""] = process.version.slice(1).split(".");
  const gauge = new Gauge({
    name: `${prefix}nodejs_version_info`,
    help: "Node.js version info.",
    registers,
    labelNames: ["version", "major", "minor", "patch", ...labelNames],
  });
  gauge.labels({ ...labels, version: process.version, major, minor, patch }).set(1);
}
