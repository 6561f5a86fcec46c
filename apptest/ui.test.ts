// The web UI in a real Chromium, served by a running Narthex with a firing alert: see ui-checks.ts for the steps.
// NARTHEX_URL names the server; CHROMIUM the browser, if it is not where Debian puts it.
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { checkUi } from "./ui-checks.js";

const chromiumPath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const baseUrl = process.env["NARTHEX_URL"] ?? "http://127.0.0.1:9090";
const testTimeoutMs = 180_000;

it(
  "the UI asks, draws, silences and shows targets in both themes, and axe finds nothing serious",
  async () => {
    expect(existsSync(chromiumPath), `Chromium at ${chromiumPath}`).toBe(true);
    const report = await checkUi(baseUrl, chromiumPath);
    expect(report.pageErrors).toEqual([]);
    expect(report.violations).toEqual([]);
    expect(report.steps).toHaveLength(9);
  },
  testTimeoutMs,
);
