// Which rules of a group must wait for which, and their evaluation in that order, several at once.
// Comes from: rules/group, with --enable-feature=concurrent-rule-eval.
import type { RuleConfig } from "./config.js";
import { alertNames, type NameTest, namesReadBy } from "./reads.js";

/**
 * For each rule, the indexes of the earlier rules whose results it reads and that must be there first. Undefined where that
 * cannot be told: a selector that names no metric may read anything, and ALERTS changes with every alerting rule.
 */
export function dependenciesOf(rules: readonly RuleConfig[]): readonly (readonly number[])[] | undefined {
  const reads = rules.map(({ expression }) => namesReadBy(expression));
  if (reads.some((test) => alertNames.some(test))) return undefined;
  return rules.map((rule, i) => {
    // Who writes what a later rule writes or reads: both keep their order.
    const before = rules.slice(0, i).map((_, j) => j);
    return before.filter((j) => {
      const { name } = rules[j] as RuleConfig;
      return name === rule.name || (reads[i] as NameTest)(name) || (reads[j] as NameTest)(rule.name);
    });
  });
}

/** REQUIRES: `run` never rejects. Each begins when those it depends on have ended. */
export async function runInOrder(
  dependencies: readonly (readonly number[])[],
  run: (index: number) => Promise<void>,
): Promise<void> {
  const ended: Promise<void>[] = [];
  for (const [i, earlier] of dependencies.entries()) {
    ended.push(Promise.all(ended.filter((_, j) => earlier.includes(j))).then(() => run(i)));
  }
  await Promise.all(ended);
}
