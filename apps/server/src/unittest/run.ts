// Runs rule unit-test files as `promtool test rules` does.
// Comes from: the files. Goes to: `narthex tool test rules` (text), unittest/junit (XML).
import { readFileSync } from "node:fs";
import { printGoDuration } from "@narthex/model";
import { errorText } from "@narthex/service";
import type { Clock } from "@narthex/stdx";
import { loadRuleFile, type RuleGroupConfig } from "../rules/config.js";
import { parseUnitTestFile, ruleFilesOf, type UnitTestFile } from "./config.js";
import type { DiffStyle } from "./difference.js";
import { runTestGroup } from "./group.js";
import type { EngineFeatures } from "./simulation.js";

export type RuleTestOptions = {
  /** Which test groups run, by name; all when absent. */
  readonly isWanted?: (name: string) => boolean;
  /** Failures are told as differences. */
  readonly diff?: DiffStyle;
  /** Takes text about what goes on. */
  readonly debug?: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Rule files may hold fields of other programs. */
  readonly ignoreUnknownFields: boolean;
  readonly features: EngineFeatures;
  readonly clock: Clock;
};

export type RuleTestCase = { readonly name: string; readonly failures: readonly string[] };

/** What came of one file. */
export type RuleTestSuite = {
  readonly file: string;
  /** ms. */
  readonly startedAt: number;
  readonly cases: readonly RuleTestCase[];
  /** Why the file could not be run at all. */
  readonly error: string | undefined;
};

export async function runRuleTests(file: string, options: RuleTestOptions): Promise<RuleTestSuite> {
  const startedAt = options.clock.now();
  try {
    const unitTests = parseUnitTestFile(file, readUnitTestFile(file));
    return { file, startedAt, cases: await runCases(file, unitTests, options), error: undefined };
  } catch (error) {
    return { file, startedAt, cases: [], error: errorText(error) };
  }
}

/** All failures of the file, in order. */
export function failuresOf({ cases, error }: RuleTestSuite): string[] {
  const failures = cases.flatMap((one) => one.failures);
  return error === undefined ? failures : [...failures, error];
}

function readUnitTestFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read unit-test file ${file}`, { cause: error });
  }
}

async function runCases(file: string, unitTests: UnitTestFile, options: RuleTestOptions): Promise<RuleTestCase[]> {
  const { debug, clock } = options;
  const rules = loadRules(ruleFilesOf(file, unitTests.rule_files, options.warn), unitTests, options);
  const cases: RuleTestCase[] = [];
  for (const [i, test] of unitTests.tests.entries()) {
    if (options.isWanted && !options.isWanted(test.name)) continue;
    const name = test.name === "" ? `unnamed#${i}` : test.name;
    const startedAt = clock.now();
    debug?.(`DEBUG: Starting test ${name}\n`);
    const run = { test, file: unitTests, features: options.features, diff: options.diff, debug };
    const failures = "error" in rules ? [rules.error] : await runTestGroup({ ...run, groups: rules.groups });
    debug?.(`DEBUG: Test ${name} finished, took ${printGoDuration(clock.now() - startedAt)}\n`);
    cases.push({ name, failures });
  }
  return cases;
}

type LoadedRules = { readonly groups: readonly RuleGroupConfig[] } | { readonly error: string };

// Files that cannot be read fail every test, and only then: a file without tests is none to fail.
function loadRules(files: readonly string[], unitTests: UnitTestFile, options: RuleTestOptions): LoadedRules {
  const { ignoreUnknownFields, features } = options;
  const ruleOptions = { ignoreUnknownFields, features: features.promql };
  try {
    const groups = files.flatMap((file) => loadRuleFile(file, ruleOptions));
    // Names that are not listed stand with the first; else the order of the files holds.
    const rank = ({ name }: RuleGroupConfig): number => Math.max(0, unitTests.group_eval_order.indexOf(name));
    return { groups: groups.sort((a, b) => rank(a) - rank(b)) };
  } catch (error) {
    return { error: errorText(error) };
  }
}
