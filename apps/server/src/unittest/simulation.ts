// Rule groups in simulated time over an in-memory storage: feeds input, evaluates, tick by tick.
// Comes from: unittest/group. Goes to: unittest/alerts and unittest/expressions, which look at the outcome.
import { Registry } from "@narthex/client";
import { printGoDuration } from "@narthex/model";
import { Engine, MemoryStorage, type PromqlFeature, promqlFeatures, type QueryResult } from "@narthex/promql";
import { createLogger, errorText } from "@narthex/service";
import { SimClock } from "@narthex/stdx";
import type { RuleGroupConfig } from "../rules/config.js";
import { RuleGroup } from "../rules/group.js";
import { createRuleMetrics } from "../rules/metrics.js";
import { Tracing } from "../tracing/tracing.js";
import type { TestGroup } from "./config.js";
import { InputSeries } from "./input.js";

export type EngineFeatures = {
  readonly promql: ReadonlySet<PromqlFeature>;
  readonly delayedNameRemoval: boolean;
  readonly useStartTimestamps: boolean;
};

/** From names as --enable-feature takes them; those that are not about PromQL mean nothing here. */
export function engineFeaturesFrom(names: ReadonlySet<string>): EngineFeatures {
  return {
    promql: new Set(promqlFeatures.filter((name) => names.has(`promql-${name}`))),
    delayedNameRemoval: names.has("promql-delayed-name-removal"),
    useStartTimestamps: names.has("use-start-timestamps"),
  };
}

export type SimulationRequest = {
  readonly test: TestGroup;
  /** In order of evaluation. */
  readonly groups: readonly RuleGroupConfig[];
  readonly evaluationIntervalMs: number;
  readonly features: EngineFeatures;
};

export type Simulation = {
  readonly storage: MemoryStorage;
  readonly groups: readonly RuleGroup[];
  /** Throws ParseError and QueryError. */
  readonly query: (expression: string, time: number) => QueryResult;
  readonly tick: (time: number) => Promise<TickProblems>;
};

export type TickProblems = {
  /** The input that the storage refused; the rules were not evaluated then. */
  readonly inputErrors: readonly string[];
  readonly ruleErrors: readonly string[];
};

/** As promtool has it: a unit test that needs more is no unit test. */
const samplesMax = 10_000;

/** Throws Error for input series that cannot be read. */
export function createSimulation({ test, groups, evaluationIntervalMs, features }: SimulationRequest): Simulation {
  const storage = new MemoryStorage();
  const start = test.start_timestamp;
  const input = InputSeries.from(test.input_series, {
    storage,
    start,
    intervalMs: test.interval || evaluationIntervalMs,
  });
  const engine = new Engine({
    samplesMax,
    subqueryStepMs: evaluationIntervalMs,
    features: features.promql,
    delayedNameRemoval: features.delayedNameRemoval,
    useStartTimestamps: features.useStartTimestamps,
  });
  const context = ruleContext(test, { storage, engine });
  const defaults = { intervalMs: evaluationIntervalMs, queryOffsetMs: 0, externalLabels: test.external_labels };
  const ruleGroups = groups.map((config) => new RuleGroup(config, defaults, context));
  // There is no earlier run whose alerts could be restored.
  for (const group of ruleGroups) group.skipRestore();
  return {
    storage,
    groups: ruleGroups,
    query: (expression, time) => engine.instant({ expression, time, queryable: storage }),
    tick: async (time) => {
      try {
        input.feed(time);
      } catch (error) {
        return { inputErrors: [errorText(error)], ruleErrors: [] };
      }
      const ruleErrors: string[] = [];
      for (const group of ruleGroups) {
        await group.evaluate(time);
        ruleErrors.push(...ruleErrorsOf(group, time - start));
      }
      return { inputErrors: [], ruleErrors };
    },
  };
}

type RuleContext = ConstructorParameters<typeof RuleGroup>[2];

function ruleContext(test: TestGroup, { storage, engine }: { storage: MemoryStorage; engine: Engine }): RuleContext {
  // What is logged of a rule stands in its status too, and comes out from there.
  const logger = createLogger({ level: "error", format: "logfmt", write: () => {} });
  return {
    appendable: storage,
    queryable: storage,
    query: async (expression, time) => engine.instant({ expression, time, queryable: storage }),
    send: () => {},
    record: () => {},
    clock: new SimClock(test.start_timestamp),
    logger,
    tracing: new Tracing(logger),
    metrics: createRuleMetrics(new Registry()),
    externalUrl: test.external_url,
    outageToleranceMs: 0,
    gracePeriodMs: 0,
    resendDelayMs: 0,
  };
}

function ruleErrorsOf(group: RuleGroup, elapsedMs: number): string[] {
  return group.rules
    .filter((rule) => rule.status.health === "err")
    .map(
      ({ config, status }) => `    rule: ${config.name}, time: ${printGoDuration(elapsedMs)}, err: ${status.lastError}`,
    );
}
