// Names of OpenTelemetry's metrics → Prometheus' names, by the translation strategy of the configuration.
// Source: OpenTelemetry's "Prometheus and OpenMetrics Compatibility", and what Prometheus' receiver is seen to answer.
import type { OtlpMetric } from "@narthex/formats";
import { quote } from "@narthex/model";
import type { OtlpConfig } from "../config/otlp.js";
import { TranslationError } from "./error.js";
import { cleanUnit, type UnitSuffixes, unitSuffixes } from "./unit.js";

type Strategy = OtlpConfig["translation_strategy"];

export function escapesNames(strategy: Strategy): boolean {
  return strategy === "UnderscoreEscapingWithSuffixes" || strategy === "UnderscoreEscapingWithoutSuffixes";
}

/** Throws TranslationError. */
export function translateMetricName(metric: OtlpMetric, strategy: Strategy): string {
  switch (strategy) {
    case "NoTranslation":
      return metric.name;
    case "NoUTF8EscapingWithSuffixes":
      return withSuffixes(metric);
    case "UnderscoreEscapingWithSuffixes":
      return checked(metric.name, escapedWithSuffixes(metric));
    case "UnderscoreEscapingWithoutSuffixes":
      return checked(metric.name, underscoredDigit(joinRuns(metric.name, /[^a-zA-Z0-9:_]+/u)));
  }
}

function checked(name: string, translated: string): string {
  if (translated === "") throw new TranslationError(`normalization for metric ${quote(name)} resulted in empty name`);
  if (translated === name || /[^_]/.test(translated)) return translated;
  throw new TranslationError(`normalization for metric ${quote(name)} resulted in invalid name ${quote(translated)}`);
}

function joinRuns(name: string, invalid: RegExp): string {
  return name
    .split(invalid)
    .filter((token) => token !== "")
    .join("_");
}

function underscoredDigit(name: string): string {
  return /^\d/.test(name) ? `_${name}` : name;
}

function endings({ unit, data }: OtlpMetric): { readonly isCounter: boolean; readonly isRatio: boolean } {
  // Some senders give counts of things the unit 1: a counter is no ratio.
  return { isCounter: data.kind === "sum" && data.isMonotonic, isRatio: data.kind === "gauge" && unit === "1" };
}

/** Runs of other characters, underscores among them, become one underscore; a suffix that is there is not added again. */
function escapedWithSuffixes(metric: OtlpMetric): string {
  const tokens = metric.name.split(/[^a-zA-Z0-9:]+/u).filter((token) => token !== "");
  addUnit(tokens, unitSuffixes(metric.unit));
  const { isCounter, isRatio } = endings(metric);
  const ended = isCounter ? moveToEnd(tokens, "total") : tokens;
  return underscoredDigit((isRatio ? moveToEnd(ended, "ratio") : ended).join("_"));
}

function addUnit(tokens: string[], { main, per }: UnitSuffixes): void {
  const cleanPer = cleanUnit(per).replace(/_$/, "");
  const addedPer = cleanPer === "per" || tokens.includes(cleanPer) ? "" : cleanPer;
  const cleanMain = cleanUnit(main);
  const addedMain = tokens.includes(cleanMain) ? "" : cleanMain;
  const parts = [addedPer === "" ? addedMain : addedMain.replace(/_$/, ""), addedPer];
  tokens.push(...parts.filter((part) => part !== ""));
}

function moveToEnd(tokens: readonly string[], last: string): string[] {
  return [...tokens.filter((token) => token !== last), last];
}

/** The name as it is, its suffixes in the order unit, per, total, ratio. */
function withSuffixes(metric: OtlpMetric): string {
  const { main, per } = unitSuffixes(metric.unit);
  const { isCounter, isRatio } = endings(metric);
  const outer = [per, isCounter ? "total" : "", isRatio ? "ratio" : ""].filter((suffix) => suffix !== "");
  let name = metric.name;
  for (const suffix of outer.toReversed()) name = trimSuffix(name, suffix);
  if (main !== "" && !name.endsWith(main)) name += `_${main}`;
  return [name, ...outer].join("_");
}

/** With the character before it, whatever that is. */
function trimSuffix(name: string, suffix: string): string {
  const rest = name.length - suffix.length - 1;
  return name.endsWith(suffix) && rest > 0 ? name.slice(0, rest) : name;
}
