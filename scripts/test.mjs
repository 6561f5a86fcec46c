// npm test [-- PATH…]: sets up, checks style and types, runs unit tests, then real processes (apptest).
// Ends with `N passed, N failed`; names what was skipped because a peer program or test data is not on the machine.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setUp, toolPath } from "./setup.mjs";

setUp();
const paths = process.argv.slice(2);
// What tests leave in the folder for temporary files goes with it.
const temporary = mkdtempSync(join(tmpdir(), "narthex-test-"));
/** @type {{ passed: number, failed: number, skipped: string[] }} */
const total = { passed: 0, failed: 0, skipped: [] };

if (paths.length === 0) {
  check("formatting and lint (biome)", "biome", ["check", "."]);
  check("type-aware lint (oxlint)", "oxlint", ["--type-aware", "--deny-warnings"]);
  check("types of the tests (tsc)", "tsc", ["-p", "tsconfig.test.json", "--noEmit"]);
  check("types of the UI (tsc)", "tsc", ["-p", "apps/web/tsconfig.json", "--noEmit"]);
}
vitest("unit", ["run", ...paths]);
if (paths.length === 0 && existsSync(join(root, "apptest", "vitest.config.ts"))) {
  vitest("apptest", ["run", "--config", "apptest/vitest.config.ts"]);
}

rmSync(temporary, { recursive: true, force: true });
for (const name of total.skipped) console.log(`skipped: ${name}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

function check(title, tool, args) {
  const { status } = spawnSync(process.execPath, [toolPath(tool), ...args], { cwd: root, stdio: "inherit" });
  if (status === 0) total.passed++;
  else total.failed++;
  console.log(`${status === 0 ? "passed" : "FAILED"}: ${title}`);
}

function vitest(name, args) {
  const report = join(temporary, `${name}.json`);
  const options = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [toolPath("vitest"), ...args, ...options], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TMPDIR: temporary },
  });
  if (!existsSync(report)) {
    total.failed++;
    console.log(`FAILED: ${name} tests gave no report (exit code ${status})`);
    return;
  }
  const result = JSON.parse(readFileSync(report, "utf8"));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests + result.testResults.filter(isBrokenFile).length;
  for (const file of result.testResults)
    total.skipped.push(...file.assertionResults.filter(isSkipped).map((test) => test.fullName));
  // An error outside a test fails vitest without failing a test.
  if (status !== 0 && result.numFailedTests === 0 && !result.testResults.some(isBrokenFile)) total.failed++;
}

function isSkipped(test) {
  return test.status === "skipped" || test.status === "pending";
}

// A file that fails outside of its tests, such as by an import.
function isBrokenFile(file) {
  return file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed");
}
