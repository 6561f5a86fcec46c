// Beside Prometheus' own list: the same names, true where they are there, but for those that are not there yet.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, parseFlags } from "@narthex/service";
import { expect, test } from "vitest";
import { enabledFeatures } from "../features.js";
import { serverFlags } from "../flags.js";
import { featuresOf } from "./features.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const file = join(process.env["CORPORA"] ?? join(root, "../shared/corpora"), "api/prometheus-features.json");

test(existsSync(file) ? "Prometheus' features" : "Prometheus' features are absent: nothing to compare", () => {
  if (!existsSync(file)) return;
  const theirs = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, boolean>>;
  const flags = parseFlags({ name: "server", description: "", table: serverFlags, args: [] });
  const ours = featuresOf(flags, enabledFeatures(flags, createLogger({ level: "error", format: "logfmt" })));
  const differences = Object.entries(theirs).flatMap(([category, names]) =>
    Object.entries(names)
      .filter(([name, isThere]) => ours[category]?.[name] !== isThere)
      .map(([name]) => `${category}.${name}: ${ours[category]?.[name]}`),
  );
  expect(differences).toEqual([]);
});
