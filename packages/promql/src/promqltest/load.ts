// Puts a `load` command's series into the storage, and where asked for, classic histograms as native ones too.
import {
  type ClassicBucket,
  customHistogramFrom,
  type Histogram,
  type Labels,
  labelsKey,
  labelValue,
  metricNameLabel,
  withLabel,
} from "@narthex/model";
import { parseFloatGo } from "@narthex/stdx";
import type { Sample } from "./appender.js";
import { ScriptError } from "./line.js";
import type { LoadCommand, LoadedSeries } from "./script.js";
import type { MemoryStorage } from "./storage.js";

/** Throws ScriptError for samples that the storage refuses. */
export function load(command: LoadCommand, storage: MemoryStorage): void {
  // Of equal label sets in one load the later replaces the earlier.
  const unique = [...new Map(command.series.map((series) => [labelsKey(series.labels), series])).values()];
  try {
    for (const series of unique) {
      for (const sample of samplesOf(series, command.intervalMs)) storage.append(series.labels, sample);
    }
    if (command.withCustomHistograms) loadCustomHistograms(unique, command, storage);
  } catch (error) {
    throw new ScriptError(command.line, (error as Error).message, { cause: error });
  }
}

/** The samples that a description stands for, the first at time 0. */
export function samplesOf({ values, startOffsets }: Omit<LoadedSeries, "labels">, intervalMs: number): Sample[] {
  const samples: Sample[] = [];
  values.forEach((value, i) => {
    if (value.kind === "omitted") return;
    const t = i * intervalMs;
    const offset = startOffsets?.[i];
    const startTime = offset === undefined ? undefined : t + offset;
    const content = value.kind === "stale" ? "stale" : value.kind === "float" ? value.v : value.h;
    samples.push({ t, value: content, startTime });
  });
  return samples;
}

/** The classic series of one histogram, by time. */
type Gathered = { readonly labels: Labels; readonly byTime: Map<number, MutableClassic> };
type MutableClassic = { buckets: ClassicBucket[]; count: number | undefined; sum: number | undefined };

function loadCustomHistograms(series: readonly LoadedSeries[], command: LoadCommand, storage: MemoryStorage): void {
  for (const { labels, byTime } of gather(series, command.intervalMs)) {
    const histograms: [number, Histogram][] = [...byTime].map(([t, classic]) => [t, customHistogramFrom(classic)]);
    histograms.sort(([a], [b]) => a - b);
    for (const [t, value] of histograms) storage.append(labels, { t, value });
  }
}

const suffixForm = /^(.*)_(bucket|count|sum)$/;

function gather(series: readonly LoadedSeries[], intervalMs: number): Iterable<Gathered> {
  const byKey = new Map<string, Gathered>();
  for (const one of series) {
    const [, base, suffix] = suffixForm.exec(labelValue(one.labels, metricNameLabel)) ?? [];
    const bound = suffix === "bucket" ? parseFloatGo(labelValue(one.labels, "le")) : 0;
    if (base === undefined || bound === undefined || Number.isNaN(bound)) continue;
    const labels = withLabel(withLabel(one.labels, metricNameLabel, base), "le", "");
    const key = labelsKey(labels);
    const gathered = byKey.get(key) ?? { labels, byTime: new Map<number, MutableClassic>() };
    byKey.set(key, gathered);
    for (const { t, value } of samplesOf(one, intervalMs)) {
      if (typeof value !== "number") continue;
      const classic = gathered.byTime.get(t) ?? { buckets: [], count: undefined, sum: undefined };
      gathered.byTime.set(t, classic);
      if (suffix === "bucket") classic.buckets.push({ upperBound: bound, count: value });
      else if (suffix === "count") classic.count = value;
      else classic.sum = value;
    }
  }
  return byKey.values();
}
