// Attributes of a data point, its scope and its resource → the labels of its series.
// One translator for each request; what stays the same over a resource or a scope is worked out, and sorted, once.
import type { OtlpAttributes, OtlpResource, OtlpScope } from "@narthex/formats";
import { type Labels, labelsFromEntries, labelsFromSorted, metricNameLabel, withLabel } from "@narthex/model";
import { compareUtf8 } from "@narthex/stdx";
import type { OtlpConfig } from "../config/otlp.js";
import { isValidText, labelSetCharactersMax } from "../remote/received-labels.js";
import { TranslationError } from "./error.js";
import { LabelNames } from "./label-name.js";

/** The three attributes that make `job` and `instance`. */
const identifying: ReadonlySet<string> = new Set(["service.namespace", "service.name", "service.instance.id"]);

/** What all points of a scope have. */
export type SharedLabels = {
  /** Where a point has no such label of its own. */
  readonly weak: Labels;
  /** Whatever a point says. */
  readonly strong: Labels;
};

export class LabelTranslator {
  readonly #config: OtlpConfig;
  readonly #names: LabelNames;
  readonly #listed: ReadonlySet<string>;

  constructor(config: OtlpConfig) {
    this.#config = config;
    this.#names = new LabelNames(config);
    const { promote_all_resource_attributes: promotesAll } = config;
    this.#listed = new Set(promotesAll ? config.ignore_resource_attributes : config.promote_resource_attributes);
  }

  /** Throws TranslationError, as do the others. */
  ofResource({ attributes }: OtlpResource): SharedLabels {
    const promotesAll = this.#config.promote_all_resource_attributes;
    const promoted = pairsOf(attributes).filter(([key]) => this.#listed.has(key) !== promotesAll);
    const weak = labelsFromEntries(promoted.map(([key, text]) => [this.#names.of(key), text]));
    return { weak: checked(weak), strong: checked(targetLabels(attributes)) };
  }

  ofScope({ name, version, schemaUrl, attributes }: OtlpScope, { weak, strong }: SharedLabels): SharedLabels {
    if (!this.#config.promote_scope_metadata || name === "") return { weak, strong };
    const own: [string, string][] = [
      ["otel_scope_name", name],
      ["otel_scope_version", version],
      ["otel_scope_schema_url", schemaUrl],
    ];
    const prefixed = pairsOf(attributes).map(([key, text]): [string, string] => [
      this.#names.of(`otel_scope_${key}`),
      text,
    ]);
    return { weak, strong: checked(overlaid(strong, labelsFromEntries([...prefixed, ...own]))) };
  }

  /** Without a name. */
  ofPoint(attributes: OtlpAttributes, { weak, strong }: SharedLabels): Labels {
    const own = this.#ownLabels(attributes);
    return checked(overlaid(overlaid(weak, own), strong));
  }

  /** Of target_info; undefined where the resource says nothing beyond what `job` and `instance` do, or has neither. */
  ofTargetInfo({ attributes }: OtlpResource, { strong }: SharedLabels): Labels | undefined {
    const keepsAll = this.#config.keep_identifying_resource_attributes;
    const pairs = pairsOf(attributes);
    if (pairs.every(([key]) => identifying.has(key))) return undefined;
    const own = this.#joinedLabels(pairs.filter(([key]) => keepsAll || !identifying.has(key)));
    const labels = overlaid(own, strong);
    const isIdentified = labels.some((text, i) => i % 2 === 0 && (text === "job" || text === "instance"));
    return isIdentified ? checked(withLabel(labels, metricNameLabel, "target_info")) : undefined;
  }

  #ownLabels(attributes: OtlpAttributes): Labels {
    if (attributes.length / 2 > insertedLabelsMax) return this.#joinedLabels(pairsOf(attributes));
    const flat: string[] = [];
    for (let i = 0; i < attributes.length; i += 2) {
      const key = attributes[i] as string;
      const text = attributes[i + 1] as string;
      if (key === metricNameLabel) continue;
      const name = this.#names.of(key);
      if (text !== "" && !insertLabel(flat, name, text)) return this.#joinedLabels(pairsOf(attributes));
    }
    return labelsFromSorted(flat);
  }

  /** Keys that become one name give it all their texts, in the order of the keys. */
  #joinedLabels(pairs: readonly (readonly [key: string, text: string])[]): Labels {
    const entries = new Map<string, string>();
    for (const [key, text] of pairs.toSorted(([a], [b]) => compareUtf8(a, b))) {
      if (key === metricNameLabel) continue;
      const name = this.#names.of(key);
      const known = entries.get(name);
      entries.set(name, known ? `${known};${text}` : text);
    }
    return labelsFromEntries(entries);
  }
}

/** More are sorted by other means: inserting takes the square of their number. */
const insertedLabelsMax = 24;

/** Into a sorted set; false where it has the name. */
function insertLabel(flat: string[], name: string, text: string): boolean {
  let place = flat.length;
  while (place > 0) {
    const order = compareUtf8(flat[place - 2] as string, name);
    if (order === 0) return false;
    if (order < 0) break;
    place -= 2;
  }
  if (place === flat.length) flat.push(name, text);
  else flat.splice(place, 0, name, text);
  return true;
}

/** Both together; what `upper` says counts. */
function overlaid(lower: Labels, upper: Labels): Labels {
  if (lower.length === 0) return upper;
  if (upper.length === 0) return lower;
  const flat: string[] = [];
  let i = 0;
  for (let j = 0; j < upper.length; j += 2) {
    const name = upper[j] as string;
    let order = -1;
    for (; i < lower.length; i += 2) {
      order = compareUtf8(lower[i] as string, name);
      if (order >= 0) break;
      flat.push(lower[i] as string, lower[i + 1] as string);
    }
    if (order === 0) i += 2;
    flat.push(name, upper[j + 1] as string);
  }
  for (; i < lower.length; i++) flat.push(lower[i] as string);
  return labelsFromSorted(flat);
}

/** Of one series: what a resource has is copied for each of its points. */
export const labelsMax = 2000;

/** Within the bounds of any label set that others send. Throws TranslationError. */
function checked(labels: Labels): Labels {
  if (labels.length > 2 * labelsMax) {
    throw new TranslationError(`label set of ${labels.length / 2} labels, at most ${labelsMax} are taken`);
  }
  let characters = 0;
  for (const text of labels) {
    characters += text.length;
    if (!isValidText(text)) throw new TranslationError("attribute is not valid UTF-8");
  }
  if (labels.length > 0 && labels[0] === "") throw new TranslationError("attribute without a key");
  if (characters <= labelSetCharactersMax) return labels;
  throw new TranslationError(`label set of ${characters} characters, at most ${labelSetCharactersMax} are taken`);
}

function pairsOf(attributes: OtlpAttributes): [key: string, text: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < attributes.length; i += 2) pairs.push([attributes[i] as string, attributes[i + 1] as string]);
  return pairs;
}

function targetLabels(attributes: OtlpAttributes): Labels {
  const texts = new Map(pairsOf(attributes));
  const name = texts.get("service.name");
  const namespace = texts.get("service.namespace");
  const job = name === undefined || namespace === undefined ? (name ?? "") : `${namespace}/${name}`;
  return labelsFromEntries([
    ["instance", texts.get("service.instance.id") ?? ""],
    ["job", job],
  ]);
}
