// Relabelling: rules that rewrite or drop a label set. Used for targets, scraped series, alerts and remote writes.
// Comes from: config (relabel_configs). Goes to: discovery's targets, scrape/append, notify.
// It stands in model, with its own MD5, because both a browser and every app that reads relabel_configs need it.
import { encodeUtf8 } from "@narthex/stdx";
import type { RE2JS } from "re2js";
import { isLegacyLabelName, type Labels, labelEntries, labelsFromEntries } from "./labels.js";
import { md5 } from "./md5.js";
import { type CompiledRegex, compilePattern, compileRegex } from "./regex.js";

export const relabelActions = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
] as const;

export type RelabelAction = (typeof relabelActions)[number];

/** Which label names are valid: any UTF-8, or those of Prometheus 2. */
export type NameScheme = "utf8" | "legacy";

export type RelabelSpec = {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly targetLabel: string;
  /** RE2, fully anchored. */
  readonly regex: string;
  readonly modulus: number;
  /** May hold $1 and ${name}. */
  readonly replacement: string;
  readonly nameScheme: NameScheme;
};

export type RelabelRule = RelabelSpec & { readonly matcher: CompiledRegex; readonly pattern: RE2JS };

export const relabelDefaults: RelabelSpec = {
  action: "replace",
  sourceLabels: [],
  separator: ";",
  targetLabel: "",
  regex: "(.*)",
  modulus: 0,
  replacement: "$1",
  nameScheme: "utf8",
};

/** Fills in the defaults. Throws "error parsing regexp: …". */
export function relabelRuleFrom(spec: Partial<RelabelSpec>): RelabelRule {
  const whole = { ...relabelDefaults, ...spec };
  return { ...whole, matcher: compileRegex(whole.regex), pattern: compilePattern(whole.regex) };
}

/** The labels after all rules; undefined when a rule dropped the set. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  const draft = new Map(labelEntries(labels));
  for (const rule of rules) if (!actions[rule.action](rule, draft)) return undefined;
  return labelsFromEntries(draft);
}

export type RelabelStep = {
  readonly rule: RelabelRule;
  /** After this rule; as before it, where the rule drops the set. */
  readonly labels: Labels;
  readonly isKept: boolean;
};

/** As `relabel`, rule by rule up to the one that drops the set. */
export function explainRelabel(labels: Labels, rules: readonly RelabelRule[]): RelabelStep[] {
  const steps: RelabelStep[] = [];
  const draft = new Map(labelEntries(labels));
  for (const rule of rules) {
    const isKept = actions[rule.action](rule, draft);
    steps.push({ rule, labels: labelsFromEntries(draft), isKept });
    if (!isKept) break;
  }
  return steps;
}

type Draft = Map<string, string>;
/** Rewrites the draft; false drops the set. */
type Action = (rule: RelabelRule, draft: Draft) => boolean;

const actions: Readonly<Record<RelabelAction, Action>> = {
  keep: (rule, draft) => rule.matcher.test(sourceValue(rule, draft)),
  drop: (rule, draft) => !rule.matcher.test(sourceValue(rule, draft)),
  keepequal: (rule, draft) => (draft.get(rule.targetLabel) ?? "") === sourceValue(rule, draft),
  dropequal: (rule, draft) => (draft.get(rule.targetLabel) ?? "") !== sourceValue(rule, draft),
  replace,
  labelmap: mapNames,
  hashmod: (rule, draft) => setValue(draft, rule.targetLabel, hashModulo(sourceValue(rule, draft), rule.modulus)),
  lowercase: (rule, draft) => setValue(draft, rule.targetLabel, lowerCase(sourceValue(rule, draft))),
  uppercase: (rule, draft) => setValue(draft, rule.targetLabel, upperCase(sourceValue(rule, draft))),
  labeldrop: (rule, draft) => deleteNames(draft, (name) => rule.matcher.test(name)),
  labelkeep: (rule, draft) => deleteNames(draft, (name) => !rule.matcher.test(name)),
};

function sourceValue(rule: RelabelRule, draft: Draft): string {
  return rule.sourceLabels.map((name) => draft.get(name) ?? "").join(rule.separator);
}

function setValue(draft: Draft, name: string, value: string): true {
  if (value === "") draft.delete(name);
  else draft.set(name, value);
  return true;
}

function deleteNames(draft: Draft, isDeleted: (name: string) => boolean): true {
  for (const name of draft.keys()) if (isDeleted(name)) draft.delete(name);
  return true;
}

function replace(rule: RelabelRule, draft: Draft): true {
  const groups = groupsOf(rule, sourceValue(rule, draft));
  if (!groups) return true;
  const target = expandTemplate(rule.targetLabel, groups);
  if (!isLabelName(target, rule.nameScheme)) return true;
  return setValue(draft, target, expandTemplate(rule.replacement, groups));
}

function mapNames(rule: RelabelRule, draft: Draft): true {
  const found = [...draft];
  // A snapshot: names that the rule itself makes are not mapped again.
  for (const [name, value] of found) {
    const groups = groupsOf(rule, name);
    const target = groups ? expandTemplate(rule.replacement, groups) : "";
    if (target !== "") draft.set(target, value);
  }
  return true;
}

/** A surrogate without its other half: what no UTF-8 can say. */
const loneSurrogate = /\p{Surrogate}/u;

export function isLabelName(name: string, scheme: NameScheme): boolean {
  return scheme === "legacy" ? isLegacyLabelName(name) : name !== "" && !loneSurrogate.test(name);
}

/** Text of a capturing group by number or name; undefined where there is none. */
type Groups = (key: string) => string | undefined;

function groupsOf(rule: RelabelRule, value: string): Groups | undefined {
  if (rule.regex === relabelDefaults.regex) return (key) => (key === "0" || key === "1" ? value : undefined);
  if (!rule.matcher.test(value)) return undefined;
  const match = rule.pattern.matcher(value);
  if (!match.matches()) return undefined;
  const names = rule.pattern.namedGroups() as Readonly<Record<string, number>>;
  return (key) => {
    const number = /^\d+$/.test(key) ? Number(key) : names[key];
    if (number === undefined || number > match.groupCount()) return undefined;
    return match.group(number) ?? undefined;
  };
}

// As Go's Regexp.Expand: the longest name counts, "$$" is a dollar sign, an unknown group is empty, and what is no
// reference stays as it is.
const reference = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

function expandTemplate(template: string, groups: Groups): string {
  if (!template.includes("$")) return template;
  return template.replace(reference, (_, dollar?: string, braced?: string, bare?: string) =>
    dollar ? "$" : (groups(braced ?? bare ?? "") ?? ""),
  );
}

/** The last eight bytes of the MD5 sum, big-endian, modulo `modulus`. */
function hashModulo(value: string, modulus: number): string {
  const sum = md5(encodeUtf8(value));
  const high = new DataView(sum.buffer).getBigUint64(8);
  return String(high % BigInt(modulus));
}

// Go maps character by character: no final sigma, and "ß" has no single upper-case character.
function lowerCase(text: string): string {
  return mapCharacters(text, (character) => (character === "İ" ? "i" : character.toLowerCase()));
}

function upperCase(text: string): string {
  return mapCharacters(text, (character) => character.toUpperCase());
}

function mapCharacters(text: string, change: (character: string) => string): string {
  let out = "";
  for (const character of text) {
    const changed = change(character);
    out += Array.from(changed).length === 1 ? changed : character;
  }
  return out;
}
