// `narthex tool query analyze`: how many of their buckets histograms use, over a time, and all of them together.
import { labelsFrom, parseDuration, printDuration, printLabels } from "@narthex/model";
import { type FlagTable, parseFlags, stringFlag, stringsFlag } from "@narthex/service";
import { parseFloatGo } from "@narthex/stdx";
import type { Run } from "../../command.js";
import { httpFlags, serverUrl } from "../server-client.js";
import { askApi } from "./client.js";
import { secondsOf } from "./query.js";

const table = {
  ...httpFlags,
  server: stringFlag("", "Prometheus server to query.", { required: true }),
  type: stringFlag("", "Type of metric: histogram.", { required: true, choices: ["histogram"] }),
  duration: stringFlag("1h", "Time frame to analyze."),
  time: stringFlag("", "Query time (RFC3339 or Unix timestamp), defaults to now."),
  match: stringsFlag([], "Series selector. Can be specified multiple times.", { required: true }),
} satisfies FlagTable;

type Bucket = readonly [rule: number, lower: string, upper: string, count: string];
type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [seconds: number, value: string])[];
  readonly histograms?: readonly (readonly [seconds: number, { readonly buckets?: readonly Bucket[] }])[];
};

const explanation = `Buckets of each histogram series over time: the least, average and greatest number of populated ones, then the number
of all buckets where that is not the greatest.

`;

export const runQueryAnalyze: Run = async ({ name, summary, args }) => {
  const flags = parseFlags({ name: `narthex ${name}`, description: summary, table, args });
  const time = flags.time === "" ? Date.now() / 1000 : secondsOf("query", flags.time);
  const window = printDuration(parseDuration(flags.duration));
  const all: BucketUse[] = [];
  process.stdout.write(explanation);
  for (const selector of flags.match) {
    const found = await askApi<{ readonly result: readonly Series[] }>({
      url: `${serverUrl(flags.server)}/api/v1/query`,
      method: "POST",
      parameters: new URLSearchParams({ query: `${selector}[${window}]`, time: String(time) }),
      configFile: flags["http.config.file"],
    });
    if (!found) return 1;
    for (const { title, counts, total } of [...nativeOf(found.result), ...classicOf(found.result)]) {
      if (counts.length === 0) continue;
      const use = bucketUseOf(counts, total);
      all.push(use);
      process.stdout.write(`- ${title}: ${printUse(use)}\n`);
    }
  }
  process.stdout.write(
    `\nAll ${all.length} histogram series: ${all.length === 0 ? "none found" : printUse(together(all))}\n`,
  );
  return 0;
};

type Histogram = { readonly title: string; readonly counts: readonly number[]; readonly total: number | undefined };

function nativeOf(series: readonly Series[]): Histogram[] {
  return series
    .filter(({ histograms = [] }) => histograms.length > 0)
    .map(({ metric, histograms = [] }) => ({
      title: `${printLabels(labelsFrom(metric))} (native)`,
      counts: histograms.map(([, { buckets = [] }]) => buckets.filter(([, , , count]) => Number(count) !== 0).length),
      total: undefined,
    }));
}

/** Classic histograms: series that end in _bucket, together without their `le`. */
function classicOf(series: readonly Series[]): Histogram[] {
  const histograms = new Map<string, Series[]>();
  for (const one of series) {
    const { le, __name__: name = "", ...labels } = one.metric;
    if (le === undefined || !name.endsWith("_bucket") || !one.values) continue;
    const title = `${printLabels(labelsFrom({ ...labels, __name__: name.replace(/_bucket$/, "") }))} (classic)`;
    histograms.set(title, [...(histograms.get(title) ?? []), one]);
  }
  return [...histograms].map(([title, buckets]) => ({ title, counts: populatedOf(buckets), total: buckets.length }));
}

/** At each time that all buckets have, how many of them hold something of their own. */
function populatedOf(buckets: readonly Series[]): number[] {
  const bound = ({ metric }: Series): number => parseFloatGo(metric["le"] ?? "") ?? Number.NaN;
  const sorted = [...buckets].sort((a, b) => bound(a) - bound(b));
  const byTime = new Map<number, number[]>();
  for (const { values = [] } of sorted) {
    for (const [seconds, value] of values) byTime.set(seconds, [...(byTime.get(seconds) ?? []), Number(value)]);
  }
  const whole = [...byTime.values()].filter((counts) => counts.length === sorted.length);
  return whole.map((counts) => counts.filter((count, i) => count > (counts[i - 1] ?? 0)).length);
}

type BucketUse = { readonly min: number; readonly average: number; readonly max: number; readonly total: number };

function bucketUseOf(counts: readonly number[], total: number | undefined): BucketUse {
  const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const max = Math.max(...counts);
  return { min: Math.min(...counts), average, max, total: total ?? max };
}

function together(all: readonly BucketUse[]): BucketUse {
  return {
    min: Math.min(...all.map(({ min }) => min)),
    average: all.reduce((sum, { average }) => sum + average, 0) / all.length,
    max: Math.max(...all.map(({ max }) => max)),
    total: Math.max(...all.map(({ total }) => total)),
  };
}

function printUse({ min, average, max, total }: BucketUse): string {
  const use = `${min}/${average.toFixed(3)}/${max}`;
  return total === max ? use : `${use}/${total}`;
}
