// What `narthex tool check rules` says of rule files: how many rules, or what is wrong, or what is odd.
import { compareLabels, type Labels, labelEntries, labelsFrom } from "@narthex/model";
import {
  loadRuleFile,
  parseRuleFile,
  type RuleConfig,
  type RuleFileOptions,
  type RuleGroupConfig,
} from "../rules/config.js";

export type RuleLint = { readonly duplicateRules: boolean };

export type RuleFileReport = {
  readonly rules: number;
  /** Rules that store the same series. */
  readonly lint: string | undefined;
};

/** Throws ConfigError, or an Error that names the file that cannot be read. */
export function checkRuleFile(file: string, lint: RuleLint, options: RuleFileOptions = {}): RuleFileReport {
  return reportOf(loadRuleFile(file, options), lint);
}

/** As checkRuleFile; `name` stands for the file in errors. */
export function checkRuleText(
  name: string,
  text: string,
  request: RuleFileOptions & { lint: RuleLint },
): RuleFileReport {
  return reportOf(parseRuleFile(name, text, request), request.lint);
}

function reportOf(groups: readonly RuleGroupConfig[], lint: RuleLint): RuleFileReport {
  const rules = groups.flatMap((group) => group.rules);
  const duplicates = lint.duplicateRules ? duplicatesAmong(rules) : [];
  return { rules: rules.length, lint: duplicates.length === 0 ? undefined : printDuplicates(duplicates) };
}

type Written = { readonly name: string; readonly labels: Labels };

function writtenBy(rule: RuleConfig): Written {
  if (rule.kind === "recording") return { name: rule.name, labels: labelsFrom(rule.labels) };
  const texts = Object.entries(rule.labels).map(([name, { source }]) => [name, source]);
  return { name: rule.name, labels: labelsFrom(Object.fromEntries(texts) as Record<string, string>) };
}

function compareWritten(a: Written, b: Written): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareLabels(a.labels, b.labels);
}

/** What more than one rule writes, each once. */
function duplicatesAmong(rules: readonly RuleConfig[]): Written[] {
  const sorted = rules.map(writtenBy).sort(compareWritten);
  const isSame = (i: number): boolean => compareWritten(sorted[i - 1] as Written, sorted[i] as Written) === 0;
  return sorted.filter((_, i) => i > 0 && isSame(i) && !(i > 1 && isSame(i - 1)));
}

function printDuplicates(duplicates: readonly Written[]): string {
  const items = duplicates.map(({ name, labels }) => {
    const pairs = [...labelEntries(labels)].map(([label, value]) => `\t${label}: ${value}\n`);
    return `Metric: ${name}\nLabel(s):\n${pairs.join("")}`;
  });
  const head = `lint error ${duplicates.length} duplicate rule(s) found.\n`;
  return `${head}${items.join("")}Might cause inconsistency while recording expressions`;
}
