// Runs a test file: loads series, evaluates, compares; each instant evaluation also in the forms of rerun.
// Comes from: the text of a .test file. Goes to: conformance reports and unit tests.

import { Engine, type EngineOptions } from "../engine.js";
import { ParseError, QueryError } from "../error.js";
import { promqlFeatures } from "../feature.js";
import { parseExpression } from "../parse/parser.js";
import type { QueryResult, QueryValue, VectorPoint } from "../result.js";
import { compareAnnotations, compareFailure } from "./annotation.js";
import { compareResult, unsortedProblem } from "./compare.js";
import { load } from "./load.js";
import { isRangeIndependent, pinnedEvals } from "./rerun.js";
import { type EvalCommand, parseScript } from "./script.js";
import { MemoryStorage } from "./storage.js";

/** The engine that Prometheus runs its own scripts with. */
export const scriptEngineOptions: EngineOptions = {
  samplesMax: 10_000,
  timeoutMs: 100_000,
  lookbackDeltaMs: 300_000,
  subqueryStepMs: 60_000,
  delayedNameRemoval: true,
  useStartTimestamps: true,
  features: new Set(promqlFeatures),
};

export type EvalFailure = {
  /** Of the `eval` line, from 1. */
  readonly line: number;
  readonly expression: string;
  /** What was expected and what came; of the first form that failed. */
  readonly message: string;
  /** Which form failed: the evaluation as written, pinned by `@`, or as a range query. */
  readonly form: EvalForm;
};

export type EvalForm = "eval" | "pinned" | "range";

export type ScriptResult = { readonly passed: number; readonly failures: readonly EvalFailure[] };

/** Runs all evaluations of a script; throws ScriptError where the script itself is wrong. */
export function runScript(text: string, engine: Engine = new Engine(scriptEngineOptions)): ScriptResult {
  const storage = new MemoryStorage();
  const failures: EvalFailure[] = [];
  let passed = 0;
  for (const command of parseScript(text)) {
    if (command.kind === "clear") storage.clear();
    else if (command.kind === "load") load(command, storage);
    else {
      const failure = runEval({ engine, storage, command });
      if (failure) failures.push(failure);
      else passed++;
    }
  }
  return { passed, failures };
}

type EvalRun = { readonly engine: Engine; readonly storage: MemoryStorage; readonly command: EvalCommand };

type Problem = { readonly form: EvalForm; readonly message: string };

function runEval(run: EvalRun): EvalFailure | undefined {
  const { line, expression, at } = run.command;
  const problem = at.kind === "range" ? runRange(run, at) : runInstant(run, at.time);
  return problem && { line, expression, ...problem };
}

function runRange(
  { engine, storage, command }: EvalRun,
  grid: { start: number; end: number; step: number },
): Problem | undefined {
  const { expression, expectations } = command;
  const outcome = attempt(() => engine.range({ expression, queryable: storage, ...grid }));
  const message = problemOf(outcome, command, (value) => compareResult(value, expectations, grid));
  return message === undefined ? undefined : { form: "eval", message };
}

function runInstant(run: EvalRun, time: number): Problem | undefined {
  const first = runInstantAt(run, { expression: run.command.expression, time, form: "eval" });
  if (first) return first;
  const parsed = attempt(() => parseExpression(run.command.expression));
  // An expression that does not parse was expected to fail, and did.
  if ("error" in parsed) return undefined;
  for (const pinned of pinnedEvals(parsed.result, time)) {
    const problem = runInstantAt(run, { ...pinned, form: "pinned" });
    if (problem) return { ...problem, message: `${pinned.expression} at ${pinned.time} ms: ${problem.message}` };
  }
  return undefined;
}

type InstantEval = { readonly expression: string; readonly time: number; readonly form: EvalForm };

function runInstantAt(run: EvalRun, { expression, time, form }: InstantEval): Problem | undefined {
  const { engine, storage, command } = run;
  const { expectations } = command;
  const outcome = attempt(() => engine.instant({ expression, queryable: storage, time }));
  const message = problemOf(outcome, command, (value) => compareResult(value, expectations, expectations.rangeVector));
  if (message !== undefined) return { form, message };
  if ("error" in outcome || !hasRangeForm(outcome.result.value, command, expression)) return undefined;
  const inRange = asRangeProblem(run, { expression, time, scalar: outcome.result.value.type === "scalar" });
  return inRange === undefined ? undefined : { form: "range", message: inRange };
}

function hasRangeForm(value: QueryValue, { expectations }: EvalCommand, expression: string): boolean {
  const isSteppable = value.type === "vector" || value.type === "scalar";
  return isSteppable && !expectations.ordered && isRangeIndependent(expression);
}

const minuteMs = 60_000;

/** Evaluates a range query around `time` and compares its middle step. */
function asRangeProblem(
  { engine, storage, command }: EvalRun,
  { expression, time, scalar }: { expression: string; time: number; scalar: boolean },
): string | undefined {
  const bounds = { start: time - minuteMs, end: time + minuteMs, step: minuteMs };
  const outcome = attempt(() => engine.range({ expression, queryable: storage, ...bounds }));
  if ("error" in outcome) return `range query around ${time} ms: ${outcome.error.message}`;
  const { value } = outcome.result;
  if (value.type !== "matrix") return `range query gave a ${value.type}`;
  const points = pointsAt(value, time);
  const middle: QueryValue = scalar ? { type: "scalar", t: time, v: points[0]?.v ?? NaN } : { type: "vector", points };
  const problem = unsortedProblem(value.series) ?? compareResult(middle, command.expectations);
  return problem && `range query around ${time} ms: ${problem}`;
}

function pointsAt({ series }: Extract<QueryValue, { type: "matrix" }>, time: number): VectorPoint[] {
  const points: VectorPoint[] = [];
  for (const { labels, count, t, v, h } of series) {
    const i = t.subarray(0, count).indexOf(time);
    if (i < 0) continue;
    const point = { labels, t: time, v: v[i] as number };
    const histogram = h?.[i];
    points.push(histogram ? { ...point, h: histogram } : point);
  }
  return points;
}

type Outcome<T> = { readonly result: T } | { readonly error: ParseError | QueryError };

/** Errors of the query are outcomes; any other error is a bug and goes on. */
function attempt<T>(evaluate: () => T): Outcome<T> {
  try {
    return { result: evaluate() };
  } catch (error) {
    if (error instanceof ParseError || error instanceof QueryError) return { error };
    throw error;
  }
}

function problemOf(
  outcome: Outcome<QueryResult>,
  { expectations }: EvalCommand,
  compare: (value: QueryValue) => string | undefined,
): string | undefined {
  const { fail } = expectations;
  if ("error" in outcome) {
    return fail ? compareFailure(outcome.error.message, fail) : `unexpected error: ${outcome.error.message}`;
  }
  if (fail) return "expected to fail, but gave a result";
  return compareAnnotations(outcome.result, expectations) ?? compare(outcome.result.value);
}
