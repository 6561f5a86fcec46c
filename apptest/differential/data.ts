// Every kind of series that queries may meet: counters with resets, gauges, gaps, stale markers, NaN, infinities, classic and native
// histograms, and one metric of many series; in one block, or in blocks, head and log, with samples that came late.
// Goes to: both systems' data directories.
// Sample times are odd milliseconds and query times whole seconds: no sample stands on the bound of a window, where
// Prometheus 3 and 2.42 disagree on purpose.
import {
  type Appendable,
  type Appender,
  type Histogram,
  type Labels,
  labelsFrom,
  setStaleAt,
  wordsOf,
} from "@narthex/model";
import { type Random, randomFrom } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";

export const dataStart = 1_700_000_000_000;
export const dataEnd: number = dataStart + 4 * 3_600_000;

type Walk = (previous: number, random: Random) => number;

// From far above zero to a third of that, so that no window's increase comes near its first value: Prometheus 3 and 2.42 apply
// the bound of zero in another order.
const counter: Walk = (previous, random) =>
  random() < 0.003 ? previous * 0.3 : previous + Math.floor(random() * 50) * 0.25;
const gauge: Walk = (previous, random) => previous + (random() - 0.5) * 20;
const wild: Walk = (previous, random) => {
  const chance = random();
  if (chance < 0.03) return Number.NaN;
  if (chance < 0.05) return Number.POSITIVE_INFINITY;
  if (chance < 0.06) return Number.NEGATIVE_INFINITY;
  return Number.isFinite(previous) ? gauge(previous, random) : 100 * random();
};

type Family = {
  readonly name: string;
  readonly walk: Walk;
  readonly first: number;
  readonly intervalMs: number;
  readonly gapChance: number;
  readonly staleChance: number;
};

const families: readonly Family[] = [
  { name: "requests_total", walk: counter, first: 1e6, intervalMs: 15_000, gapChance: 0, staleChance: 0 },
  { name: "bytes_total", walk: counter, first: 3e6, intervalMs: 30_000, gapChance: 0.1, staleChance: 0.01 },
  { name: "temperature", walk: gauge, first: 50, intervalMs: 15_000, gapChance: 0.02, staleChance: 0 },
  { name: "queue", walk: gauge, first: 0, intervalMs: 60_000, gapChance: 0.2, staleChance: 0.05 },
  { name: "wild", walk: wild, first: 1, intervalMs: 20_000, gapChance: 0.02, staleChance: 0.01 },
];

const places = [
  { job: "api", instance: "a:1", zone: "east" },
  { job: "api", instance: "b:1", zone: "west" },
  { job: "api", instance: "c:1", zone: "west" },
  { job: "db", instance: "a:2", zone: "east" },
  { job: "db", instance: "b:2", zone: "" },
];

/** Of many series, so that they are read together. */
const errors: Family = {
  name: "errors_total",
  walk: counter,
  first: 5e6,
  intervalMs: 30_000,
  gapChance: 0.02,
  staleChance: 0.002,
};
const pods = ["p1", "p2", "p3", "p4", "p5"].flatMap((pod) =>
  ["200", "404", "500", "503"].flatMap((code) => ["api", "db"].map((job) => ({ job, pod, code }))),
);

const bounds = ["0.1", "0.5", "1", "5", "+Inf"];

const hourMs = 3_600_000;
/** How far behind the newest sample others may come, where some come late. */
export const lateWindowMs: number = 2 * hourMs;
const lateShare = 0.05;
/** Samples that would come after the end never come. */
const lateDelayMaxMs: number = 40 * 60_000;

/** Writes the data of `seed` as one block into `folder`, which must not exist yet but for its parent. */
export async function writeBlocks(folder: string, scratch: string, seed: number): Promise<void> {
  const tsdb = await openTsdb({ path: scratch, retentionMs: 0, blockRangeMs: 24 * hourMs });
  appendAll(tsdb, seed);
  await tsdb.snapshot(folder, { withHead: true });
  await tsdb.close();
}

/** Writes the data of `seed` as a server leaves it that took late samples: blocks of an hour, and the rest in the logs. */
export async function writeMixed(folder: string, seed: number): Promise<void> {
  const ranges = { blockRangeMs: hourMs, blockRangeMaxMs: hourMs };
  const tsdb = await openTsdb({ path: folder, retentionMs: 0, ...ranges, outOfOrderTimeWindowMs: lateWindowMs });
  appendAll(tsdb, seed, lateShare);
  await tsdb.compact();
  await tsdb.close();
}

/** The samples of `seed`, the same at every call, in order of time but for a share of the floats. */
export function appendAll(storage: Appendable, seed: number, late = 0): void {
  const random = randomFrom(seed);
  const lateRandom = randomFrom(seed + 1);
  const tracks = [
    ...families.flatMap((family) => places.map((place) => floatTrack(family, place, random))),
    ...pods.map((pod) => floatTrack(errors, pod, random)),
    ...places.map((place) => classicTrack(place, random)),
    ...places.slice(0, 3).map((place) => nativeTrack(place, random)),
  ];
  let waiting: { readonly due: number; readonly labels: Labels; readonly sample: FloatSample }[] = [];
  for (let t = dataStart; t < dataEnd; t += 5000) {
    const appender = storage.appender();
    const target: Target = {
      float: (labels, sample) => {
        if (lateRandom() >= late) return append(appender, labels, sample);
        waiting.push({ due: t + lateRandom() * lateDelayMaxMs, labels, sample });
      },
      histogram: (labels, at, histogram) => {
        appender.appendHistogram(appender.series(labels), at, histogram);
      },
    };
    for (const track of tracks) track(target, t);
    for (const { due, labels, sample } of waiting) if (due <= t) append(appender, labels, sample);
    waiting = waiting.filter(({ due }) => due > t);
    appender.commit();
  }
}

type FloatSample = { readonly t: number; readonly v: number | "stale" };

type Target = {
  readonly float: (labels: Labels, sample: FloatSample) => void;
  readonly histogram: (labels: Labels, t: number, histogram: Histogram) => void;
};

/** What a series does when the time is `t`. */
type Track = (target: Target, t: number) => void;

function floatTrack(family: Family, place: Record<string, string>, random: Random): Track {
  const labels = labelsFrom({ __name__: family.name, ...place });
  const jitterMs = 1 + 2 * Math.floor(random() * 2000);
  let v = family.first * (1 + random());
  return (target, t) => {
    if ((t - dataStart) % family.intervalMs !== 0) return;
    v = family.walk(v, random);
    const chance = random();
    if (chance < family.gapChance) return;
    const isStale = chance < family.gapChance + family.staleChance;
    target.float(labels, { t: t + jitterMs, v: isStale ? "stale" : v });
  };
}

function classicTrack(place: Record<string, string>, random: Random): Track {
  const labels = (suffix: string, more: Record<string, string>): Labels =>
    labelsFrom({ __name__: `latency_seconds_${suffix}`, ...place, ...more });
  const buckets = bounds.map((le) => labels("bucket", { le }));
  const [sumLabels, countLabels] = [labels("sum", {}), labels("count", {})];
  const counts = bounds.map(() => 1e5);
  let sum = 1e5;
  const jitterMs = 1 + 2 * Math.floor(random() * 2000);
  return (target, t) => {
    if ((t - dataStart) % 15_000 !== 0) return;
    let added = 0;
    for (let i = 0; i < bounds.length; i++) {
      added += Math.floor(random() * 20);
      counts[i] = (counts[i] as number) + added;
    }
    sum += random() * added;
    const at = t + jitterMs;
    for (const [i, bucket] of buckets.entries()) {
      target.float(bucket, { t: at, v: counts[i] as number });
    }
    target.float(sumLabels, { t: at, v: sum });
    target.float(countLabels, { t: at, v: counts.at(-1) as number });
  };
}

function nativeTrack(place: Record<string, string>, random: Random): Track {
  const labels = labelsFrom({ __name__: "latency_native", ...place });
  const counts = Array.from({ length: 12 }, () => 1000);
  let zeroCount = 1000;
  let sum = 1e4;
  const jitterMs = 1 + 2 * Math.floor(random() * 2000);
  return (target, t) => {
    if ((t - dataStart) % 15_000 !== 0) return;
    counts.forEach((count, i) => {
      counts[i] = count + Math.floor(random() * 9);
    });
    zeroCount += Math.floor(random() * 3);
    sum += random() * 40;
    const histogram: Histogram = {
      schema: 1,
      counterResetHint: "unknown",
      zeroThreshold: 0.001,
      zeroCount,
      count: counts.reduce((total, count) => total + count, zeroCount),
      sum,
      positiveSpans: [
        { offset: -3, length: 5 },
        { offset: 2, length: 5 },
      ],
      positiveBuckets: counts.slice(0, 10),
      negativeSpans: [{ offset: 0, length: 2 }],
      negativeBuckets: counts.slice(10),
      customValues: [],
    };
    target.histogram(labels, t + jitterMs, histogram);
  };
}

function append(appender: Appender, labels: Labels, sample: FloatSample): void {
  const v = new Float64Array(1);
  if (sample.v === "stale") setStaleAt(wordsOf(v), 0);
  else v[0] = sample.v;
  appender.append({
    count: 1,
    refs: Uint32Array.of(appender.series(labels)),
    t: Float64Array.of(sample.t),
    v,
    outcomes: new Uint8Array(1),
  });
}
