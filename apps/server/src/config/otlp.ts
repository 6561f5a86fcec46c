// The otlp section: how what comes by OTLP becomes series. Goes to: otlp/translate.

import { quote } from "@narthex/model";
import { type Decoder, d } from "@narthex/service";
import type { GlobalConfig } from "./global.js";
import type { ShapeOf } from "./shape.js";

const strategies = [
  "UnderscoreEscapingWithSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoTranslation",
] as const;

const strategy: Decoder<(typeof strategies)[number]> = d.refine(d.string, (text, fail) => {
  const found = strategies.find((name) => name === text);
  return found ?? fail(`unsupported OTLP translation strategy ${quote(text)}`);
});

const attributeNames = d.refine(d.list(d.string), (names, fail) => {
  const trimmed = names.map((name) => name.trim());
  if (trimmed.some((name) => name === "")) fail("empty resource attribute name");
  const repeated = trimmed.find((name, i) => trimmed.indexOf(name) !== i);
  return repeated === undefined ? trimmed : fail(`duplicated resource attribute name ${repeated}`);
});

export type OtlpConfig = {
  readonly promote_all_resource_attributes: boolean;
  readonly promote_resource_attributes: readonly string[];
  readonly ignore_resource_attributes: readonly string[];
  readonly translation_strategy: (typeof strategies)[number];
  readonly keep_identifying_resource_attributes: boolean;
  readonly convert_histograms_to_nhcb: boolean;
  readonly promote_scope_metadata: boolean;
  readonly label_name_underscore_sanitization: boolean;
  readonly label_name_preserve_multiple_underscores: boolean;
};

/** Where the section says nothing, and where there is none. */
export const otlpDefaults: OtlpConfig = {
  promote_all_resource_attributes: false,
  promote_resource_attributes: [],
  ignore_resource_attributes: [],
  translation_strategy: "UnderscoreEscapingWithSuffixes",
  keep_identifying_resource_attributes: false,
  convert_histograms_to_nhcb: false,
  promote_scope_metadata: false,
  label_name_underscore_sanitization: true,
  label_name_preserve_multiple_underscores: true,
};

const boolean = (key: keyof OtlpConfig): Decoder<boolean> => d.withDefault(d.boolean, otlpDefaults[key] === true);
const names = (key: "promote_resource_attributes" | "ignore_resource_attributes"): Decoder<readonly string[]> =>
  d.withDefault(attributeNames, otlpDefaults[key]);

const shape: ShapeOf<OtlpConfig> = {
  promote_all_resource_attributes: boolean("promote_all_resource_attributes"),
  promote_resource_attributes: names("promote_resource_attributes"),
  ignore_resource_attributes: names("ignore_resource_attributes"),
  translation_strategy: d.withDefault(strategy, otlpDefaults.translation_strategy),
  keep_identifying_resource_attributes: boolean("keep_identifying_resource_attributes"),
  convert_histograms_to_nhcb: boolean("convert_histograms_to_nhcb"),
  promote_scope_metadata: boolean("promote_scope_metadata"),
  label_name_underscore_sanitization: boolean("label_name_underscore_sanitization"),
  label_name_preserve_multiple_underscores: boolean("label_name_preserve_multiple_underscores"),
};

const underscoring = new Set<string>(["UnderscoreEscapingWithSuffixes", "UnderscoreEscapingWithoutSuffixes"]);

/** Names with dots need the UTF-8 scheme. */
export function checkStrategy(
  { translation_strategy }: OtlpConfig,
  { metric_name_validation_scheme }: GlobalConfig,
  fail: (text: string) => never,
): void {
  if (metric_name_validation_scheme === "legacy" && !underscoring.has(translation_strategy)) {
    fail(`OTLP translation strategy ${quote(translation_strategy)} is not allowed when UTF8 is disabled`);
  }
}

export const otlpSection: Decoder<OtlpConfig> = d.refine(d.object("config.plain", shape), (otlp, fail) => {
  const { promote_all_resource_attributes: promotesAll } = otlp;
  if (promotesAll && otlp.promote_resource_attributes.length > 0) {
    fail("'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously");
  }
  if (!promotesAll && otlp.ignore_resource_attributes.length > 0) {
    fail("'ignore_resource_attributes' cannot be configured unless 'promote_all_resource_attributes' is true");
  }
  return otlp;
});
