// A recording rule: the query's result under another name.
import { type Labels, labelEntries, labelsFromEntries, labelsKey, metricNameLabel } from "@narthex/model";
import type { RecordingRuleConfig } from "./config.js";
import { newRuleStatus, type Rule, type RuleEvaluation, type RuleSample, type RuleStatus, vectorOf } from "./rule.js";

export class RecordingRule implements Rule {
  readonly config: RecordingRuleConfig;
  readonly status: RuleStatus = newRuleStatus();

  constructor(config: RecordingRuleConfig) {
    this.config = config;
  }

  async evaluate({ query, time, queryOffsetMs, limit }: RuleEvaluation): Promise<RuleSample[]> {
    const vector = vectorOf(await query(this.config.expression, time - queryOffsetMs));
    const samples = vector.map((sample) => ({ ...sample, labels: this.#labelsOf(sample.labels) }));
    if (new Set(samples.map((sample) => labelsKey(sample.labels))).size !== samples.length) {
      throw new Error("vector contains metrics with the same labelset after applying rule labels");
    }
    if (limit > 0 && samples.length > limit) {
      throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
    }
    return samples;
  }

  #labelsOf(labels: Labels): Labels {
    const { name, labels: added } = this.config;
    return labelsFromEntries([...labelEntries(labels), ...Object.entries(added), [metricNameLabel, name]]);
  }
}
