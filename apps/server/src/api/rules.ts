// /api/v1/rules, alerts, alertmanagers: what the rules found and where it goes.
import { createHash } from "node:crypto";
import { labelsFrom, labelsToRecord, type Matcher, matchesAll } from "@narthex/model";
import type { Alert } from "../rules/alert.js";
import { AlertingRule } from "../rules/alerting.js";
import type { AlertingRuleConfig, TemplateText } from "../rules/config.js";
import type { RuleGroup } from "../rules/group.js";
import type { RuleSource } from "../rules/manager.js";
import type { Rule } from "../rules/rule.js";
import { badParameter, type Parameters } from "./parameters.js";
import { printedData, printFields, SlicedPrinter } from "./print-slices.js";
import { type Answer, ApiError, data } from "./respond.js";
import { type Route, readRoute } from "./route.js";
import { timestamp } from "./time.js";

export type RulesSource = {
  readonly rules: RuleSource;
  readonly alertmanagers: () => { readonly active: readonly string[]; readonly dropped: readonly string[] };
};

export function rulesRoutes({ rules, alertmanagers }: RulesSource): Route[] {
  return [
    readRoute("/api/v1/rules", ({ parameters }) => answerRules(rules, parameters)),
    readRoute("/api/v1/alerts", async () =>
      printedData(printFields({ alerts: await new SlicedPrinter().list(rules.alerts(), printAlert) })),
    ),
    readRoute("/api/v1/alertmanagers", () => {
      const { active, dropped } = alertmanagers();
      return data({ activeAlertmanagers: active.map(printUrl), droppedAlertmanagers: dropped.map(printUrl) });
    }),
  ];
}

function printUrl(url: string): object {
  return { url };
}

type RuleFilter = {
  readonly isWanted: (rule: Rule, group: RuleGroup) => boolean;
  readonly showsAlerts: boolean;
};

async function answerRules(source: RuleSource, parameters: Parameters): Promise<Answer> {
  const filter = filterFrom(parameters);
  const groups = source.groups
    .map((group) => ({ group, rules: group.rules.filter((rule) => filter.isWanted(rule, group)) }))
    // A group goes when the filter left nothing of it.
    .filter(({ group, rules }) => rules.length > 0 || group.rules.length === 0);
  const page = pageOf(groups, parameters);
  const printer = new SlicedPrinter();
  const printRule = (rule: Rule): object =>
    rule instanceof AlertingRule ? printAlerting(rule, filter.showsAlerts) : printRecording(rule);
  const printed = await printer.listOf(page.groups, async ({ group, rules }) =>
    printFields(groupFields(group, await printer.list(rules, printRule))),
  );
  const token = page.next === undefined ? {} : { groupNextToken: JSON.stringify(page.next) };
  return printedData(printFields({ groups: printed, ...token }));
}

function filterFrom(parameters: Parameters): RuleFilter {
  const type = parameters.text("type").toLowerCase();
  if (type !== "" && type !== "alert" && type !== "record") {
    throw badParameter("type", `not supported value "${type}"`);
  }
  const names = new Set(parameters.texts("rule_name[]"));
  const groups = new Set(parameters.texts("rule_group[]"));
  const files = new Set(parameters.texts("file[]"));
  const matcherSets = parameters.matcherSets();
  return {
    showsAlerts: !parameters.boolean("exclude_alerts"),
    isWanted: ({ config }, group) =>
      (type === "" || (type === "alert") === (config.kind === "alerting")) &&
      (names.size === 0 || names.has(config.name)) &&
      (groups.size === 0 || groups.has(group.config.name)) &&
      (files.size === 0 || files.has(group.config.file)) &&
      matchesLabels(matcherSets, config),
  };
}

function matchesLabels(matcherSets: readonly (readonly Matcher[])[], config: Rule["config"]): boolean {
  if (matcherSets.length === 0) return true;
  const labels = labelsFrom(labelTexts(config));
  return matcherSets.some((matchers) => matchesAll(matchers, labels));
}

type SelectedGroup = { readonly group: RuleGroup; readonly rules: readonly Rule[] };

/** The groups after the one that the token names, at most `group_limit` of them. */
function pageOf(
  groups: SelectedGroup[],
  parameters: Parameters,
): { groups: SelectedGroup[]; next: string | undefined } {
  const limit = parameters.limit("group_limit");
  const token = parameters.text("group_next_token");
  if (limit === 0) {
    if (token !== "")
      throw badParameter("group_limit", "group_limit needs to be set in order to paginate over the groups");
    return { groups, next: undefined };
  }
  const first = token === "" ? 0 : groups.findIndex(({ group }) => tokenOf(group) === token);
  if (first < 0) throw new ApiError("bad_data", `invalid group_next_token '${token}'. were rule groups changed?`);
  const following = groups[first + limit];
  return { groups: groups.slice(first, first + limit), next: following && tokenOf(following.group) };
}

/** Names a group without saying where its file lies. */
function tokenOf({ config }: RuleGroup): string {
  return createHash("sha256").update(`${config.file};${config.name}`).digest("hex");
}

/** Each printed; `rules` is already. */
function groupFields(group: RuleGroup, rules: string): Record<string, string> {
  return {
    name: JSON.stringify(group.config.name),
    file: JSON.stringify(group.config.file),
    rules,
    interval: String(group.intervalMs / 1000),
    limit: String(group.config.limit),
    evaluationTime: String(group.evaluationTimeMs / 1000),
    lastEvaluation: JSON.stringify(timestamp(group.lastEvaluation)),
  };
}

function printAlerting(rule: AlertingRule, showsAlerts: boolean): object {
  const { config } = rule;
  return {
    state: stateOf(rule),
    name: config.name,
    query: config.query,
    duration: config.forMs / 1000,
    keepFiringFor: config.keepFiringForMs / 1000,
    labels: labelTexts(config),
    annotations: sourcesOf(config.annotations),
    ...(showsAlerts ? { alerts: activeAlerts(rule).map(printAlert) } : {}),
    ...printStatus(rule),
    type: "alerting",
  };
}

function printRecording(rule: Rule): object {
  const labels = labelTexts(rule.config);
  return {
    name: rule.config.name,
    query: rule.config.query,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...printStatus(rule),
    type: "recording",
  };
}

function printStatus({ status }: Rule): object {
  return {
    health: status.health,
    ...(status.lastError === "" ? {} : { lastError: status.lastError }),
    evaluationTime: status.evaluationTimeMs / 1000,
    lastEvaluation: timestamp(status.lastEvaluation),
  };
}

function labelTexts(config: Rule["config"]): Readonly<Record<string, string>> {
  return config.kind === "alerting" ? sourcesOf(config.labels) : config.labels;
}

function sourcesOf(templates: AlertingRuleConfig["labels"]): Readonly<Record<string, string>> {
  const entries = Object.entries(templates).map(([name, { source }]: [string, TemplateText]) => [name, source]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function activeAlerts(rule: AlertingRule): Alert[] {
  return [...rule.alerts.values()].filter(({ state }) => state !== "inactive");
}

/** The state of the rule's most urgent alert; "unknown" before the first evaluation. */
function stateOf(rule: AlertingRule): string {
  const states = new Set(activeAlerts(rule).map(({ state }) => state));
  if (states.has("firing")) return "firing";
  if (states.has("pending")) return "pending";
  return rule.status.lastEvaluation === 0 ? "unknown" : "inactive";
}

function printAlert(alert: Alert): object {
  return {
    labels: labelsToRecord(alert.labels),
    annotations: labelsToRecord(alert.annotations),
    state: alert.state,
    activeAt: timestamp(alert.activeAt),
    ...(alert.keepFiringSince === 0 ? {} : { keepFiringSince: timestamp(alert.keepFiringSince) }),
    value: printExponent(alert.value),
  };
}

/** As Go's strconv 'e' -1: 1 is "1e+00". */
export function printExponent(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = Object.is(value, -0) ? "-" : "";
  return sign + value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}
