// What a system stored, read from its data directory with one reader for both: every series with the scrape of each sample.
// Comes from: a data directory whose owner has ended. Goes to: parity/compare.
import { type Labels, labelEntries, labelValue, matcherFrom, SampleColumns } from "@narthex/model";
import { printHistogram } from "@narthex/promql";
import { openTsdb } from "@narthex/tsdb";

export type Sample = {
  /** Which scrape of its target wrote it, from 0; -1 for a time that is no scrape's. */
  readonly scrape: number;
  readonly t: number;
  /** As text; "stale" for a marker. */
  readonly value: string;
};

export type JobSamples = {
  /** Scrapes whose `up` is stored. */
  readonly scrapes: number;
  /** By labels as text, without `job` and `instance` where those are the target's. */
  readonly series: ReadonlyMap<string, readonly Sample[]>;
};

/** By `scrape_job`, a label that both systems are told to put on each target. */
export async function readSamples(path: string): Promise<ReadonlyMap<string, JobSamples>> {
  const database = await openTsdb({ path, memorySnapshot: false });
  const range = { start: 0, end: Number.MAX_SAFE_INTEGER };
  const querier = database.querier(range);
  const columns = new SampleColumns();
  const all = querier
    .select({ ...range, matchers: [matcherFrom("!=", "scrape_job", "")], sorted: true })
    .map((source) => {
      source.read(columns);
      const samples = Array.from({ length: columns.count }, (_, i) => ({
        t: columns.t[i]!,
        value: valueAt(columns, i),
      }));
      return { labels: source.labels, samples };
    });
  querier.close();
  await database.close();
  const jobs = new Set(all.map(({ labels }) => labelValue(labels, "scrape_job")));
  return new Map(
    [...jobs].map((job) => [job, jobSamples(all.filter(({ labels }) => labelValue(labels, "scrape_job") === job))]),
  );
}

// How the storage came to a hint is its own affair.
function valueAt(columns: SampleColumns, i: number): string {
  if (columns.isStaleAt(i)) return "stale";
  const histogram = columns.h?.[i];
  return histogram ? printHistogram(histogram) : String(columns.v[i]);
}

type Stored = { readonly labels: Labels; readonly samples: readonly { readonly t: number; readonly value: string }[] };

function jobSamples(stored: readonly Stored[]): JobSamples {
  const up = stored.find(({ labels }) => labelValue(labels, "__name__") === "up");
  const times = up?.samples.filter(({ value }) => value !== "stale").map(({ t }) => t) ?? [];
  const scrapeOf = new Map(times.map((t, i) => [t, i]));
  const series = stored.map(({ labels, samples }): [string, Sample[]] => [
    keyOf(labels),
    samples.map(({ t, value }) => ({ scrape: scrapeOf.get(t) ?? -1, t, value })),
  ]);
  return { scrapes: times.length, series: new Map(series) };
}

// Prometheus 3 spells bounds of text as floats, 2.42 as they come.
function keyOf(labels: Labels): string {
  const pairs = [...labelEntries(labels)].filter(([name]) => name !== "scrape_job");
  return JSON.stringify(
    pairs.map(([name, value]) => [name, name === "le" || name === "quantile" ? Number(value) : value]),
  );
}
