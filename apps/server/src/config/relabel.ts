// relabel_configs and its three siblings. Checks are Prometheus' own, in its words.
// Goes to: model's relabel, through relabelRules.
import {
  isLabelName,
  isLegacyLabelName,
  type NameScheme,
  quote,
  type RelabelAction,
  type RelabelRule,
  relabelActions,
  relabelDefaults,
  relabelRuleFrom,
} from "@narthex/model";
import { type Decoder, d, type OptionalDecoder } from "@narthex/service";
import { type Located, located, nonNull, type ShapeOf } from "./shape.js";

const action: OptionalDecoder<RelabelAction> = Object.assign(
  (node: Parameters<Decoder<string>>[0]) => {
    if (node.isNull() || node.text() === "") return node.fail("relabel action cannot be empty");
    const text = (node.text() ?? "").toLowerCase();
    const found = relabelActions.find((name) => name === text);
    return found ?? node.fail(`unknown relabel action ${quote(text)}`);
  },
  { initial: () => "replace" as const },
);

const labelName: Decoder<string> = d.refine(d.string, (name, fail) =>
  isLabelName(name, "utf8") ? name : fail(`${quote(name)} is not a valid label name`),
);

export type RelabelConfig = {
  readonly source_labels: readonly string[];
  readonly separator: string;
  readonly regex: string;
  readonly modulus: number;
  readonly target_label: string;
  readonly replacement: string;
  readonly action: RelabelAction;
};

const shape: ShapeOf<RelabelConfig> = {
  source_labels: d.withDefault(d.list(labelName), []),
  separator: d.withDefault(d.string, relabelDefaults.separator),
  regex: d.withDefault(d.regex, relabelDefaults.regex),
  modulus: d.withDefault(d.unsigned, 0),
  target_label: d.withDefault(d.string, ""),
  replacement: d.withDefault(d.string, relabelDefaults.replacement),
  action,
};

/** A list of rules; `kind` names them in the error for an empty one: "target relabeling rule". */
export function relabelConfigs(kind: string): OptionalDecoder<readonly Located<RelabelConfig>[]> {
  return d.withDefault(d.list(located(nonNull(d.object("relabel.plain", shape), `empty or null ${kind}`))), []);
}

/** Checks what depends on the name scheme, which another section of the file may set. */
export function checkRelabelConfigs(rules: readonly Located<RelabelConfig>[], scheme: NameScheme): RelabelConfig[] {
  return rules.map(({ value, fail }) => {
    const mistake = relabelMistake(value, scheme);
    return mistake === undefined ? value : fail(mistake);
  });
}

export function relabelRules(configs: readonly RelabelConfig[], nameScheme: NameScheme): RelabelRule[] {
  return configs.map((config) =>
    relabelRuleFrom({
      action: config.action,
      sourceLabels: config.source_labels,
      separator: config.separator,
      regex: config.regex,
      modulus: config.modulus,
      targetLabel: config.target_label,
      replacement: config.replacement,
      nameScheme,
    }),
  );
}

const withTarget = new Set<RelabelAction>(["replace", "keepequal", "dropequal", "hashmod", "lowercase", "uppercase"]);
const withoutReplacement = new Set<RelabelAction>(["lowercase", "uppercase", "keepequal", "dropequal"]);

function relabelMistake(config: RelabelConfig, scheme: NameScheme): string | undefined {
  const { action: name, target_label: target } = config;
  if (config.modulus === 0 && name === "hashmod") return "relabel configuration for hashmod requires non-zero modulus";
  if (withTarget.has(name) && target === "") {
    return `relabel configuration for ${name} action requires 'target_label' value`;
  }
  if (withTarget.has(name) && !isTarget(target, name === "replace", scheme)) {
    return `${quote(target)} is invalid 'target_label' for ${name} action`;
  }
  if (name === "labelmap" && !isTarget(config.replacement, true, scheme)) {
    return `${quote(config.replacement)} is invalid 'replacement' for labelmap action`;
  }
  return superfluousField(config);
}

function isTarget(text: string, isTemplate: boolean, scheme: NameScheme): boolean {
  if (scheme === "utf8") return isLabelName(text, scheme);
  // Whatever a reference expands to, a letter stands for it here.
  return isLegacyLabelName(isTemplate ? text.replace(/\$(?:\{\w+\}|\w+)/g, "x") : text);
}

function superfluousField(config: RelabelConfig): string | undefined {
  const { action: name } = config;
  const isPlain =
    config.modulus === 0 &&
    config.separator === relabelDefaults.separator &&
    config.replacement === relabelDefaults.replacement;
  if ((name === "keepequal" || name === "dropequal") && !(isPlain && config.regex === relabelDefaults.regex)) {
    return `${name} action requires only 'source_labels' and \`target_label\`, and no other fields`;
  }
  const isBare = isPlain && config.source_labels.length === 0 && config.target_label === "";
  if ((name === "labeldrop" || name === "labelkeep") && !isBare) {
    return `${name} action requires only 'regex', and no other fields`;
  }
  if (withoutReplacement.has(name) && config.replacement !== relabelDefaults.replacement) {
    return `'replacement' can not be set for ${name} action`;
  }
  return undefined;
}
