// One test group of a unit-test file: runs its rules over simulated time and gives what is not as expected.
import { printDuration, printGoDuration, printLabelSet, SampleColumns } from "@narthex/model";
import { type MemoryStorage, printHistogram } from "@narthex/promql";
import { errorText } from "@narthex/service";
import { printFloat } from "@narthex/stdx";
import type { RuleGroupConfig } from "../rules/config.js";
import { alertFailure } from "./alerts.js";
import type { TestGroup, UnitTestFile } from "./config.js";
import type { DiffStyle } from "./difference.js";
import { expressionFailure } from "./expressions.js";
import { createSimulation, type EngineFeatures, type Simulation } from "./simulation.js";

export type GroupRun = {
  readonly test: TestGroup;
  readonly file: Pick<UnitTestFile, "evaluation_interval" | "fuzzy_compare">;
  readonly groups: readonly RuleGroupConfig[];
  readonly features: EngineFeatures;
  /** Failures are told as differences. */
  readonly diff: DiffStyle | undefined;
  /** Takes a dump of all data at the end. */
  readonly debug: ((text: string) => void) | undefined;
};

/** Texts of all failures, in the order in which time meets them. */
export async function runTestGroup(run: GroupRun): Promise<string[]> {
  const { test, file, groups, features, debug } = run;
  const unnamed = test.alert_rule_test.find(({ alertname }) => alertname === "");
  if (unnamed) return [missingName(test, unnamed.eval_time)];
  let simulation: Simulation;
  try {
    simulation = createSimulation({ test, groups, features, evaluationIntervalMs: file.evaluation_interval });
  } catch (error) {
    return [errorText(error)];
  }
  const failures: string[] = [];
  const hasEvaluated = await runTicks(run, simulation, failures);
  if (!hasEvaluated) return failures;
  debug?.(printAllData(simulation.storage, test));
  const options = { start: test.start_timestamp, isFuzzy: file.fuzzy_compare, diff: run.diff };
  for (const one of test.promql_expr_test) {
    const failure = expressionFailure(one, simulation, options);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

function missingName({ name }: TestGroup, evalTime: number): string {
  const where = name === "" ? "" : ` (in TestGroup ${name})`;
  return `an item under alert_rule_test misses required attribute alertname at eval_time ${printDuration(evalTime)}${where}`;
}

/** Whether all went well enough to go on: a rule in error ends the test. */
async function runTicks(run: GroupRun, simulation: Simulation, failures: string[]): Promise<boolean> {
  const { test, file, diff } = run;
  const intervalMs = file.evaluation_interval;
  const alertTests = [...test.alert_rule_test].sort((a, b) => a.eval_time - b.eval_time);
  const end = lastEvalTime(test);
  let next = 0;
  // Input behind the last tick stays unseen, by expressions too, as in promtool.
  for (let elapsedMs = 0; elapsedMs <= end; elapsedMs += intervalMs) {
    const { inputErrors, ruleErrors } = await simulation.tick(test.start_timestamp + elapsedMs);
    failures.push(...inputErrors, ...ruleErrors);
    if (ruleErrors.length > 0) return false;
    // An alert test sees the last evaluation before it.
    for (; next < alertTests.length; next++) {
      const alertTest = alertTests[next] as TestGroup["alert_rule_test"][number];
      if (alertTest.eval_time >= elapsedMs + intervalMs) break;
      const failure = alertFailure(alertTest, simulation.groups, { name: test.name, diff });
      if (failure !== undefined) failures.push(failure);
    }
  }
  return true;
}

function lastEvalTime(test: TestGroup): number {
  return [...test.alert_rule_test, ...test.promql_expr_test].reduce((last, one) => Math.max(last, one.eval_time), 0);
}

function printAllData(storage: MemoryStorage, test: TestGroup): string {
  const range = { start: -Infinity, end: Infinity };
  const lines = storage
    .querier(range)
    .select({ matchers: [], ...range })
    .flatMap((source) => {
      const columns = new SampleColumns();
      source.read(columns);
      return [`${printLabelSet(source.labels)} =>`, ...printRows(columns)];
    });
  const at = printGoDuration(lastEvalTime(test) + 1000);
  return `DEBUG: Dump of all data (input_series and rules) at ${at}:\n${lines.map((line) => `${line}\n`).join("")}`;
}

function printRows(columns: SampleColumns): string[] {
  const rows: string[] = [];
  for (let i = 0; i < columns.count; i++) {
    if (columns.isStaleAt(i)) continue;
    const h = columns.h?.[i];
    rows.push(`${h ? printHistogram(h) : printFloat(columns.v[i] as number)} @[${String(columns.t[i])}]`);
  }
  return rows;
}
