// Rule files → rule groups, strictly and with positions. Comes from: rule_files. Goes to: rules/manager, `tool check rules`.
import { readFileSync } from "node:fs";
import { isLabelName, isLegacyMetricName, type NameScheme, quote } from "@narthex/model";
import { type Expression, ParseError, type ParseOptions, parseExpression } from "@narthex/promql";
import { type Decoder, d, parseYamlFile, type Shape, type YamlNode } from "@narthex/service";
import { type AlertTemplate, parseAlertTemplate } from "@narthex/template";

type RuleBase = {
  readonly name: string;
  /** As written. */
  readonly query: string;
  readonly expression: Expression;
};

export type RecordingRuleConfig = RuleBase & {
  readonly kind: "recording";
  readonly labels: Readonly<Record<string, string>>;
};

/** A template with its source: the source is what the API shows. */
export type TemplateText = { readonly source: string; readonly template: AlertTemplate };

export type AlertingRuleConfig = RuleBase & {
  readonly kind: "alerting";
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, TemplateText>>;
  readonly annotations: Readonly<Record<string, TemplateText>>;
};

export type RuleConfig = RecordingRuleConfig | AlertingRuleConfig;

export type RuleGroupConfig = {
  readonly file: string;
  readonly name: string;
  /** Undefined: the global evaluation interval. */
  readonly intervalMs: number | undefined;
  /** Undefined: the global rule_query_offset. */
  readonly queryOffsetMs: number | undefined;
  /** Series or alerts a rule may give; 0 for any number. */
  readonly limit: number;
  readonly rules: readonly RuleConfig[];
};

type RawRule = {
  readonly record: string;
  readonly alert: string;
  readonly expr: string;
  readonly for: number;
  readonly keep_firing_for: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};

type Located<T> = { readonly value: T; readonly node: YamlNode };

const rawRule: Decoder<Located<RawRule>> = located(
  d.object("rulefmt.Rule", {
    record: d.withDefault(d.string, ""),
    alert: d.withDefault(d.string, ""),
    expr: d.withDefault(d.string, ""),
    for: d.withDefault(d.duration, 0),
    keep_firing_for: d.withDefault(d.duration, 0),
    labels: d.withDefault(d.map(d.string), {}),
    annotations: d.withDefault(d.map(d.string), {}),
  } satisfies Shape),
);

const rawGroup = located(
  d.object("rulefmt.RuleGroup", {
    name: d.withDefault(d.string, ""),
    interval: d.optional(d.duration),
    query_offset: d.optional(d.duration),
    limit: d.withDefault(d.integer, 0),
    labels: d.withDefault(d.map(d.string), {}),
    rules: d.withDefault(presentItems(rawRule), []),
  }),
);

const rawFile = d.object("rulefmt.RuleGroups", { groups: d.withDefault(presentItems(rawGroup), []) });

/** A list whose nulls count for nothing, as Go's decoder has it for lists of structs. */
function presentItems<T>(decoder: Decoder<T>): Decoder<readonly T[]> {
  const items = d.list((node) => (node.isNull() ? undefined : decoder(node)));
  return (node) => items(node).filter((item) => item !== undefined);
}

function located<T>(decoder: Decoder<T>): Decoder<Located<T>> {
  return (node) => ({ value: decoder(node), node });
}

export type RuleFileOptions = ParseOptions & {
  /** Of names of labels, annotations and records; "utf8" when absent. */
  readonly nameScheme?: NameScheme;
  readonly ignoreUnknownFields?: boolean;
};

/** Throws ConfigError with every mistake of the file, or an Error that names the file that cannot be read. */
export function loadRuleFile(file: string, options: RuleFileOptions = {}): RuleGroupConfig[] {
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    throw new Error(`cannot read rule file ${file}`, { cause: error });
  }
  return parseRuleFile(file, text, options);
}

/** Throws ConfigError. */
export function parseRuleFile(file: string, text: string | Buffer, options: RuleFileOptions = {}): RuleGroupConfig[] {
  const decoder: Decoder<RuleGroupConfig[]> = (node) => {
    const { groups } = (options.ignoreUnknownFields ? d.lenient(rawFile) : rawFile)(node);
    const seen = new Set<string>();
    return groups.map(({ value: group, node: groupNode }) => {
      if (group.name === "") report(groupNode, "Groupname must not be empty");
      if (seen.has(group.name)) report(groupNode, `groupname: ${quote(group.name)} is repeated in the same file`);
      seen.add(group.name);
      checkLabelNames(group.labels, { node: groupNode, where: `group ${quote(group.name)}`, options });
      const rules = group.rules.flatMap((raw, i) =>
        completeRule(raw, { group: group.name, index: i + 1, labels: group.labels, options }),
      );
      return {
        file,
        name: group.name,
        intervalMs: group.interval === 0 ? undefined : group.interval,
        queryOffsetMs: group.query_offset,
        limit: group.limit,
        rules,
      };
    });
  };
  return parseYamlFile(file, text, d.singleDocument(decoder));
}

function report(node: YamlNode, text: string): void {
  node.file.report(node.offset, text);
}

type RulePlace = {
  readonly group: string;
  /** From 1. */
  readonly index: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: RuleFileOptions;
};

/** A mistake of a rule, and the field that it stands in: the rule itself where that is not there. */
type RuleMistake = { readonly field: string; readonly text: string };

function completeRule({ value: raw, node }: Located<RawRule>, place: RulePlace): RuleConfig[] {
  const name = raw.record || raw.alert;
  const where = `group ${quote(place.group)}, rule ${place.index}, ${quote(raw.alert || raw.record)}`;
  const mistakes = [...ruleMistakes(raw), ...nameMistakes(raw, place.options.nameScheme ?? "utf8")];
  const expression = parseRuleExpression(raw.expr, place.options, mistakes);
  checkLabelNames(raw.labels, { node: fieldNode(node, "labels"), where, options: place.options });
  const { labels, annotations } = raw.record === "" ? parseAllTemplates(raw, place, mistakes) : noTemplates;
  for (const { field, text } of mistakes) report(fieldNode(node, field), `${where}: ${text}`);
  if (!expression) return [];
  const base = { name, query: raw.expr, expression };
  if (raw.record !== "") return [{ kind: "recording", ...base, labels: { ...place.labels, ...raw.labels } }];
  return [{ kind: "alerting", ...base, forMs: raw.for, keepFiringForMs: raw.keep_firing_for, labels, annotations }];
}

function fieldNode(node: YamlNode, field: string): YamlNode {
  return node.fields()?.find(({ key }) => key === field)?.value ?? node;
}

function* ruleMistakes(raw: RawRule): Generator<RuleMistake> {
  if (raw.record !== "" && raw.alert !== "") {
    yield { field: "alert", text: "only one of 'record' and 'alert' must be set" };
  }
  if (raw.record === "" && raw.alert === "") yield { field: "", text: "one of 'record' or 'alert' must be set" };
  if (raw.expr === "") yield { field: "expr", text: "field 'expr' must be set in rule" };
  if (raw.record === "") return;
  const isSet = {
    annotations: Object.keys(raw.annotations).length > 0,
    for: raw.for > 0,
    keep_firing_for: raw.keep_firing_for > 0,
  };
  for (const [field, isWrong] of Object.entries(isSet)) {
    if (isWrong) yield { field, text: `invalid field '${field}' in recording rule` };
  }
  if (/[{}]/.test(raw.record) && !isLegacyMetricName(raw.record)) {
    const text = `braces present in the recording rule name; should it be in expr?: ${raw.record}`;
    yield { field: "record", text };
  }
}

function parseRuleExpression(query: string, options: ParseOptions, mistakes: RuleMistake[]): Expression | undefined {
  if (query === "") return undefined;
  try {
    return parseExpression(query, options);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    mistakes.push({ field: "expr", text: `could not parse expression: ${error.message}` });
    return undefined;
  }
}

function* nameMistakes(raw: RawRule, scheme: NameScheme): Generator<RuleMistake> {
  for (const name of Object.keys(raw.annotations)) {
    if (!isLabelName(name, scheme)) yield { field: "annotations", text: `invalid annotation name: ${name}` };
  }
  if (scheme === "legacy" && raw.record !== "" && !isLegacyMetricName(raw.record)) {
    yield { field: "record", text: `invalid recording rule name: ${raw.record}` };
  }
}

type LabelPlace = { readonly node: YamlNode; readonly where: string; readonly options: RuleFileOptions };

function checkLabelNames(labels: Readonly<Record<string, string>>, { node, where, options }: LabelPlace): void {
  for (const name of Object.keys(labels)) {
    if (name !== "__name__" && isLabelName(name, options.nameScheme ?? "utf8")) continue;
    report(node, `${where}: invalid label name: ${name}`);
  }
}

type Templates = Readonly<Record<string, TemplateText>>;

const noTemplates: { readonly labels: Templates; readonly annotations: Templates } = { labels: {}, annotations: {} };

function parseAllTemplates(raw: RawRule, place: RulePlace, mistakes: RuleMistake[]): typeof noTemplates {
  const parse = (field: "labels" | "annotations", texts: Readonly<Record<string, string>>): Templates => {
    const kind = field === "labels" ? "label" : "annotation";
    const fail = (name: string, text: string): void =>
      void mistakes.push({ field, text: `${kind} ${quote(name)}: ${text}` });
    return parseTemplates(raw.alert, texts, fail);
  };
  return {
    labels: parse("labels", { ...place.labels, ...raw.labels }),
    annotations: parse("annotations", raw.annotations),
  };
}

function parseTemplates(
  alertName: string,
  texts: Readonly<Record<string, string>>,
  fail: (name: string, text: string) => void,
): Templates {
  const templates: Record<string, TemplateText> = {};
  for (const [name, source] of Object.entries(texts)) {
    try {
      templates[name] = { source, template: parseAlertTemplate(alertName, source) };
    } catch (error) {
      fail(name, (error as Error).message);
    }
  }
  return templates;
}
