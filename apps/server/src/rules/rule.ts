// What a rule gives at one evaluation, and what every rule needs for it.
import type { Histogram, Labels } from "@narthex/model";
import type { Expression, QueryResult } from "@narthex/promql";
import type { RuleConfig } from "./config.js";

/** Evaluates at `time` ms. May run elsewhere, such as in a worker: hence the promise. */
export type RuleQuery = (expression: Expression | string, time: number) => Promise<QueryResult>;

/** `group` asks: for the query log. */
export type GroupQuery = (
  expression: Expression | string,
  time: number,
  group: { readonly file: string; readonly name: string },
) => Promise<QueryResult>;

/** A sample to store, at the evaluation's time. */
export type RuleSample = { readonly labels: Labels; readonly v: number; readonly h?: Histogram };

export type RuleEvaluation = {
  /** When the group was due, ms. */
  readonly time: number;
  /** How far back the query looks from there, ms. */
  readonly queryOffsetMs: number;
  /** 0 for none. */
  readonly limit: number;
  readonly query: RuleQuery;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** Called for each template of a label or annotation. */
  readonly onExpansion?: (isDone: boolean) => void;
};

export type RuleHealth = "unknown" | "ok" | "err";

/** How the last evaluation of a rule went; times in ms. */
export type RuleStatus = {
  health: RuleHealth;
  lastError: string;
  evaluationTimeMs: number;
  /** 0: never. */
  lastEvaluation: number;
};

export function newRuleStatus(): RuleStatus {
  return { health: "unknown", lastError: "", evaluationTimeMs: 0, lastEvaluation: 0 };
}

/** One rule with its state. Two kinds: recording.ts and alerting.ts. */
export interface Rule {
  readonly config: RuleConfig;
  readonly status: RuleStatus;
  /** The samples to store. Throws what the query throws, or an Error about the result. */
  evaluate(evaluation: RuleEvaluation): Promise<RuleSample[]>;
}

/** The result of a rule's query as a vector: a scalar becomes one sample without labels. Throws for other types. */
export function vectorOf(result: QueryResult): RuleSample[] {
  const { value } = result;
  if (value.type === "vector") return value.points;
  if (value.type === "scalar") return [{ labels: [] as unknown as Labels, v: value.v }];
  throw new Error("rule result is not a vector or scalar");
}
