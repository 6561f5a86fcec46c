// The otlp section: decoded and checked, and without effect until --web.enable-otlp-receiver exists.

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

const shape: ShapeOf<OtlpConfig> = {
  promote_all_resource_attributes: d.withDefault(d.boolean, false),
  promote_resource_attributes: d.withDefault(attributeNames, []),
  ignore_resource_attributes: d.withDefault(attributeNames, []),
  translation_strategy: d.withDefault(strategy, "UnderscoreEscapingWithSuffixes"),
  keep_identifying_resource_attributes: d.withDefault(d.boolean, false),
  convert_histograms_to_nhcb: d.withDefault(d.boolean, false),
  promote_scope_metadata: d.withDefault(d.boolean, false),
  label_name_underscore_sanitization: d.withDefault(d.boolean, true),
  label_name_preserve_multiple_underscores: d.withDefault(d.boolean, true),
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
