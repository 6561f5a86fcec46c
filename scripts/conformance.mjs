// Runs PromQL test files: `npm run conformance -- PATH… [--filter TEXT] [--file-counts-only]`.
// Comes from: .test files, or folders of them. Goes to: a list of failing evaluations; exit code 1 when there is one.
// Builds the engine first, so that what is measured is what stands in src.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { checkNode, install, runTool } from "./setup.mjs";

function readArguments() {
  const options = { paths: [], filter: "", countsOnly: false };
  const rest = process.argv.slice(2);
  while (rest.length > 0) {
    const argument = rest.shift();
    if (argument === "--filter") options.filter = rest.shift() ?? "";
    else if (argument === "--file-counts-only") options.countsOnly = true;
    else options.paths.push(argument);
  }
  return options;
}

function testFiles(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith(".test"))
    .sort()
    .map((name) => join(path, name));
}

function printFailure(file, { line, expression, form, message }) {
  const where = form === "eval" ? "" : ` [${form === "pinned" ? "with @" : "as range query"}]`;
  console.log(`${file}:${line}: ${expression}${where}\n  ${message}\n`);
}

function runFile(file, { runScript, filter, countsOnly }) {
  try {
    const { passed, failures } = runScript(readFileSync(file, "utf8"));
    const shown = failures.filter(({ expression }) => expression.includes(filter));
    if (!countsOnly) for (const failure of shown) printFailure(file, failure);
    return { passed, failed: failures.length };
  } catch (error) {
    // A script that cannot be read, or a bug in the engine: the file counts as one failure.
    console.log(`${file}: ${countsOnly ? error.message : error.stack}\n`);
    return { passed: 0, failed: 1 };
  }
}

const { paths, filter, countsOnly } = readArguments();
if (paths.length === 0) {
  console.error("usage: npm run conformance -- PATH… [--filter TEXT] [--file-counts-only]");
  process.exit(2);
}
checkNode();
install();
runTool("tsc", ["-b", "packages/promql"]);
const { runScript } = await import(new URL("../packages/promql/dist/testing.js", import.meta.url).href);
const total = { passed: 0, failed: 0 };
const lines = [];
for (const file of paths.flatMap(testFiles)) {
  const { passed, failed } = runFile(file, { runScript, filter, countsOnly });
  total.passed += passed;
  total.failed += failed;
  lines.push(`${basename(file)}: ${passed} passed, ${failed} failed`);
}
for (const line of lines) console.log(line);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
