import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineFeaturesFrom, failuresOf, runRuleTests } from "@narthex/server";
import { SimClock } from "@narthex/stdx";
import { expect, it } from "vitest";
import { defaultRules } from "./default-rules.js";

it("tells of each thing that the default rules watch, and of nothing before there is an hour to judge by", async () => {
  const folder = mkdtempSync(join(tmpdir(), "narthex-default-rules-"));
  try {
    writeFileSync(join(folder, "rules.yml"), defaultRules);
    const file = join(folder, "test.yml");
    copyFileSync(fileURLToPath(new URL("./testdata/default-rules.test.yml", import.meta.url)), file);
    const suite = await runRuleTests(file, {
      warn: () => {},
      ignoreUnknownFields: false,
      features: engineFeaturesFrom(new Set()),
      clock: new SimClock(1_700_000_000_000),
    });
    expect(suite.cases).toHaveLength(2);
    expect(failuresOf(suite)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
