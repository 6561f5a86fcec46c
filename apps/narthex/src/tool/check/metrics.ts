// `narthex tool check metrics`: lints an exposition from standard input; 3 where something is odd.
import { readFileSync } from "node:fs";
import { ExpositionColumns, familiesFrom, lintFamilies, type MetricFamily, parseExposition } from "@narthex/formats";
import { booleanFlag, type FlagTable, parseFlags, stringFlag, UsageError } from "@narthex/service";
import type { Run } from "../../command.js";
import { lintChecksOf } from "./lint.js";

const table = {
  extended: booleanFlag(false, "Print extended information related to the cardinality of the metrics."),
  lint: stringFlag("all", "Linting checks to apply: all, or none."),
} satisfies FlagTable;

export const runCheckMetrics: Run = async ({ name, summary, args }) => {
  const flags = parseFlags({ name: `narthex ${name}`, description: summary, table, args });
  const isLinted = lintChecksOf(flags.lint, ["all"]).size > 0;
  if (!isLinted && !flags.extended) {
    throw new UsageError("at least one of --extended or linting must be enabled");
  }
  let families: MetricFamily[];
  try {
    families = readFamilies(readFileSync(0));
  } catch (error) {
    process.stderr.write(`error while linting: ${(error as Error).message}\n`);
    return 1;
  }
  const problems = isLinted ? lintFamilies(families) : [];
  for (const { metric, text } of problems) process.stderr.write(`${metric} ${text}\n`);
  if (flags.extended) process.stdout.write(printCardinality(families));
  return problems.length > 0 ? 3 : 0;
};

function readFamilies(body: Uint8Array): MetricFamily[] {
  const columns = new ExpositionColumns();
  parseExposition(body, "PrometheusText0.0.4", columns);
  return familiesFrom(columns);
}

/** Series of each family, largest first, in columns as promtool lines them up. */
function printCardinality(families: readonly MetricFamily[]): string {
  const counts = families.map((family) => ({ name: family.name, count: seriesOf(family) }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  counts.sort((a, b) => b.count - a.count);
  const share = (count: number): string => `${((100 * count) / total).toFixed(2)}%`;
  const rows = [
    ["Metric", "Cardinality", "Percentage"],
    ...counts.map(({ name, count }) => [name, String(count), share(count)]),
    ["Total", String(total), "100%"],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd((widths[i] as number) + 4)).join("")}\n`).join("");
}

function seriesOf(family: MetricFamily): number {
  if (family.type === "histogram" || family.type === "gaugehistogram") {
    return family.metrics.reduce((sum, { buckets }) => sum + buckets.length + 2, 0);
  }
  if (family.type === "summary") return family.metrics.reduce((sum, { quantiles }) => sum + quantiles.length + 2, 0);
  return family.metrics.length;
}
