// `narthex tool test rules`: runs rule unit-test files and reports as promtool does. Verdicts and failures go where promtool
// puts them: "FAILED" and what failed to standard error, all else to standard output. 1 when anything failed.
import { writeFileSync } from "node:fs";
import { compilePattern } from "@narthex/model";
import { engineFeaturesFrom, failuresOf, printJunit, type RuleTestOptions, runRuleTests } from "@narthex/server";
import { booleanFlag, type FlagTable, parseCommandLine, stringFlag, stringsFlag, UsageError } from "@narthex/service";
import { systemClock } from "@narthex/stdx";
import type { Run } from "../command.js";

const flagTable = {
  run: stringsFlag([], "Run only test groups whose names match this regular expression; may be repeated."),
  debug: booleanFlag(false, "Tell what runs, and dump all samples of each test."),
  diff: booleanFlag(false, "Show failures as a difference between expected and received, in color on a terminal."),
  "ignore-unknown-fields": booleanFlag(false, "Pass over fields of rule files that are not Prometheus'."),
  junit: stringFlag("", "File to write the results to, as JUnit XML."),
  "enable-feature": stringsFlag([], "PromQL features to enable, comma-separated: promql-experimental-functions, …"),
} satisfies FlagTable;

export const runTestRules: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table: flagTable, args };
  const { flags, words: files } = parseCommandLine({ ...request, words: "<test-rule-file>..." });
  const options: RuleTestOptions = {
    ...(flags.run.length > 0 && { isWanted: nameFilter(flags.run) }),
    ...(flags.diff && { diff: process.stderr.isTTY && !process.env["NO_COLOR"] ? "colored" : "plain" }),
    ...(flags.debug && { debug: (text) => void process.stdout.write(text) }),
    warn: (text) => void process.stderr.write(text),
    ignoreUnknownFields: flags["ignore-unknown-fields"],
    features: engineFeaturesFrom(new Set(flags["enable-feature"].flatMap((list) => list.split(",")))),
    clock: systemClock,
  };
  return runFiles(files, options, flags.junit);
};

function nameFilter(patterns: readonly string[]): (name: string) => boolean {
  const source = patterns.join("|");
  try {
    const pattern = compilePattern(source);
    return (name) => pattern.matcher(name).find();
  } catch (error) {
    throw new UsageError(`--run: ${(error as Error).message}`, { cause: error });
  }
}

async function runFiles(files: readonly string[], options: RuleTestOptions, junitFile: string): Promise<number> {
  const suites = [];
  for (const file of files) {
    process.stdout.write(`Unit Testing:  ${file}\n`);
    const suite = await runRuleTests(file, options);
    suites.push(suite);
    printVerdict(failuresOf(suite));
  }
  if (junitFile !== "") writeFileSync(junitFile, printJunit(suites));
  return suites.some((suite) => failuresOf(suite).length > 0) ? 1 : 0;
}

function printVerdict(failures: readonly string[]): void {
  if (failures.length === 0) process.stdout.write("  SUCCESS\n");
  else process.stderr.write("  FAILED:\n");
  for (const failure of failures) {
    process.stderr.write(`${failure}\n`);
    process.stdout.write("\n");
  }
  process.stdout.write("\n");
}
