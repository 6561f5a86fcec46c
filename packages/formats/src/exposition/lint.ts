// What is odd about metric families: names, units and help that break the conventions of exposition.
// Comes from: families.ts. Goes to: `tool check metrics`. Prometheus: client_golang's promlint, whose words these are.
import { labelEntries, labelsKey } from "@narthex/model";
import type { MetricFamily } from "./family.js";

export type MetricProblem = { readonly metric: string; readonly text: string };

type Check = (family: MetricFamily) => readonly string[];

/** In order of metric, then of text. */
export function lintFamilies(families: readonly MetricFamily[]): MetricProblem[] {
  const problems = families.flatMap((family) =>
    checks.flatMap((check) => check(family).map((text) => ({ metric: family.name, text }))),
  );
  return problems.sort((a, b) => compare(a.metric, b.metric) || compare(a.text, b.text));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const checks: readonly Check[] = [
  ({ help }) => (help ? [] : ["no help text"]),
  checkUnits,
  checkTotal,
  checkReservedNames,
  ({ name, type }) =>
    type !== "unknown" && hasPart(name, type) ? [`metric name should not include type '${type}'`] : [],
  ({ name }) => (name.includes(":") ? ["metric names should not contain ':'"] : []),
  checkCase,
  ({ name }) =>
    abbreviations.some((unit) => hasPart(name, unit)) ? ["metric names should not contain abbreviated units"] : [],
  checkUnique,
];

const baseUnits = "amperes bytes celsius grams joules kelvin meters metres seconds volts".split(" ");

const basesOfUnits: ReadonlyMap<string, string> = new Map([
  ...baseUnits.map((unit) => [unit, unit] as const),
  ...["minutes", "hours", "days", "weeks"].map((unit) => [unit, "seconds"] as const),
  ...["inches", "yards", "miles"].map((unit) => [unit, "meters"] as const),
  ...["pounds", "ounces"].map((unit) => [unit, "grams"] as const),
  ["kelvins", "kelvin"],
  ["fahrenheit", "celsius"],
  ["rankine", "celsius"],
  ["bits", "bytes"],
  ["calories", "joules"],
]);

const prefixes = "pico nano micro milli centi deci deca hecto kilo kibi mega mibi giga gibi tera tebi peta pebi".split(
  " ",
);

const abbreviations = "s ms us ns sec b kb mb gb tb pb m h d".split(" ");

function checkUnits({ name }: MetricFamily): string[] {
  for (const part of name.split("_")) {
    const base = baseOf(part);
    if (base !== undefined) return base === part ? [] : [`use base unit "${base}" instead of "${part}"`];
  }
  return [];
}

function baseOf(part: string): string | undefined {
  const own = basesOfUnits.get(part);
  if (own !== undefined) return own;
  for (const prefix of prefixes) {
    const base = part.startsWith(prefix) ? basesOfUnits.get(part.slice(prefix.length)) : undefined;
    if (base !== undefined) return base;
  }
  return undefined;
}

function checkTotal({ name, type }: MetricFamily): string[] {
  const isTotal = name.endsWith("_total");
  if (type === "counter") return isTotal ? [] : ['counter metrics should have "_total" suffix'];
  return isTotal && type !== "unknown" ? ['non-counter metrics should not have "_total" suffix'] : [];
}

function* reservedNames({ name, type, metrics }: MetricFamily): Generator<string> {
  const isHistogram = type === "histogram" || type === "gaugehistogram";
  const isSummary = type === "summary";
  if (!isHistogram && name.endsWith("_bucket")) yield 'non-histogram metrics should not have "_bucket" suffix';
  for (const suffix of ["_count", "_sum"]) {
    if (isHistogram || isSummary || !name.endsWith(suffix)) continue;
    yield `non-histogram and non-summary metrics should not have "${suffix}" suffix`;
  }
  for (const metric of metrics) {
    for (const [label] of labelEntries(metric.labels)) {
      if (label === "le" && !isHistogram) yield 'non-histogram metrics should not have "le" label';
      if (label === "quantile" && !isSummary) yield 'non-summary metrics should not have "quantile" label';
    }
  }
}

function checkReservedNames(family: MetricFamily): string[] {
  return family.type === "unknown" ? [] : [...reservedNames(family)];
}

/** Whether the word stands between underscores, or at the end behind one. */
function hasPart(name: string, word: string): boolean {
  const lower = name.toLowerCase();
  return lower.includes(`_${word}_`) || lower.endsWith(`_${word}`);
}

const camelCase = /[a-z][A-Z]/;

function checkCase({ name, metrics }: MetricFamily): string[] {
  const ofName = camelCase.test(name) ? ["metric names should be written in 'snake_case' not 'camelCase'"] : [];
  const labels = metrics
    .flatMap((metric) => [...labelEntries(metric.labels)])
    .filter(([label]) => camelCase.test(label));
  return [...ofName, ...labels.map(() => "label names should be written in 'snake_case' not 'camelCase'")];
}

function checkUnique({ metrics }: MetricFamily): string[] {
  const keys = new Set(metrics.map((metric) => labelsKey(metric.labels)));
  return keys.size < metrics.length ? ["metric not unique"] : [];
}
