// Which rules the page shows, in which order, and how many there are of each state.
// Comes from: /api/v1/rules. Goes to: rules-tab.tsx.
import type { AlertingRule, AlertState, LabelRecord, RuleGroup, RuleState } from "../api/prometheus.js";
import { matchesSearch, searchTexts } from "../format/labels.js";

export type StateCounts = Record<AlertState, number>;

/** Rules by state: a rule that fires and has pending alerts too counts as firing. */
export function countRuleStates(groups: readonly RuleGroup[]): StateCounts {
  const counts: StateCounts = { firing: 0, pending: 0, inactive: 0 };
  for (const group of groups) for (const rule of group.rules) counts[shownState(rule.state)]++;
  return counts;
}

/** Active alerts of one rule by state. */
export function countAlertStates(rule: AlertingRule): StateCounts {
  const counts: StateCounts = { firing: 0, pending: 0, inactive: 0 };
  for (const alert of rule.alerts) counts[alert.state]++;
  return counts;
}

export interface RuleFilter {
  search: string;
  /** "all", one state, or rules whose evaluation fails. */
  state: AlertState | "all" | "failing";
}

const stateRank: Record<RuleState, number> = { firing: 0, pending: 1, inactive: 2, unknown: 2 };

/** A rule that has not been evaluated yet stands among the inactive ones: it has no alert. */
function shownState(state: RuleState): AlertState {
  return state === "unknown" ? "inactive" : state;
}

/** Groups with at least one rule left: those that fire first, otherwise in the order of the files. */
export function selectRules(groups: readonly RuleGroup[], filter: RuleFilter): RuleGroup[] {
  const selected = groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => isSelected(rule, group, filter)) }))
    .filter((group) => group.rules.length > 0);
  for (const group of selected) group.rules.sort((a, b) => stateRank[a.state] - stateRank[b.state]);
  return selected.sort((a, b) => groupRank(a) - groupRank(b));
}

function groupRank(group: RuleGroup): number {
  return Math.min(...group.rules.map((rule) => stateRank[rule.state]));
}

function isSelected(rule: AlertingRule, group: RuleGroup, { search, state }: RuleFilter): boolean {
  if (state === "failing" ? rule.health !== "err" : state !== "all" && shownState(rule.state) !== state) return false;
  return matchesSearch(search, ruleTexts(rule, group));
}

function ruleTexts(rule: AlertingRule, group: RuleGroup): string[] {
  const texts = [rule.name, group.name, rule.query, ...searchTexts(rule.labels), ...Object.values(rule.annotations)];
  for (const alert of rule.alerts) texts.push(...searchTexts(alert.labels), ...Object.values(alert.annotations));
  return texts;
}

/** The sentence that says most about an alert; rules name it differently. */
export function summaryOf(annotations: LabelRecord): string | undefined {
  return annotations["summary"] ?? annotations["message"] ?? annotations["title"] ?? annotations["description"];
}

const linkNames = new Set(["runbook_url", "runbook", "dashboard_url", "dashboard"]);

/** Annotations other than the summary, and whether each is a link that may be followed. */
export function detailAnnotations(annotations: LabelRecord): { name: string; value: string; isLink: boolean }[] {
  const summary = summaryOf(annotations);
  return Object.entries(annotations)
    .filter(([, value]) => value !== summary)
    .map(([name, value]) => ({ name, value, isLink: /^https?:\/\/\S+$/.test(value) }))
    .sort((a, b) => Number(linkNames.has(a.name)) - Number(linkNames.has(b.name)));
}

/** Values of `severity` that get somebody out of bed. */
export const severestLabels: ReadonlySet<string> = new Set(["critical", "page", "emergency"]);
