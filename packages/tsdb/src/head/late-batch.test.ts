// Which samples are taken, and as what: in order, late, or not at all. A script is batches of `series@minute=value`, `H2` being
// a histogram of count 2, and words that change the database. Prometheus: tsdb/head_append.go, memSeries.appendable.
import { appendOutcome, type Histogram, isStale, labelsFrom, SampleColumns } from "@narthex/model";
import { SimFileSystem } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { anySeries, columnsOf, everything, reopenAfterKill, simulated } from "../testdata/rig.js";
import { openTsdb, type Tsdb } from "../tsdb.js";

const minute = 60_000;
const outcomeNames = new Map(Object.entries(appendOutcome).map(([name, code]) => [code as number, name]));

function histogramOf(count: number): Histogram {
  return {
    schema: 0,
    counterResetHint: "unknown",
    zeroThreshold: 0,
    zeroCount: count,
    count,
    sum: count,
    positiveSpans: [],
    positiveBuckets: [],
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  };
}

/** Returns the outcome of each sample. */
function appendSamples(db: Tsdb, samples: readonly string[], end: "commit" | "rollback"): string[] {
  const appender = db.appender();
  const outcomes = samples.map((sample) => {
    const [, name = "", at, value = ""] = /^(\w+)@(-?\d+)=(\S+)$/.exec(sample) ?? [];
    const ref = appender.series(labelsFrom({ __name__: name }));
    const t = Number(at) * minute;
    if (value.startsWith("H")) return appender.appendHistogram(ref, t, histogramOf(Number(value.slice(1))));
    const columns = columnsOf([ref], [[name, t, value === "stale" ? value : Number(value)]]);
    appender.append(columns);
    return columns.outcomes[0]!;
  });
  appender[end]();
  return outcomes.map((outcome) => outcomeNames.get(outcome) as string);
}

function dumpMinutes(db: Tsdb): string[] {
  const querier = db.querier(everything);
  const columns = new SampleColumns();
  const lines = [...querier.select({ matchers: [anySeries], ...everything, sorted: true })].map((source) => {
    source.read(columns);
    return [source.labels[1], ...Array.from({ length: columns.count }, (_, i) => sampleText(columns, i))].join(" ");
  });
  querier.close();
  return lines.filter((line) => line.includes(" "));
}

function sampleText(columns: SampleColumns, i: number): string {
  const histogram = columns.h?.[i];
  const v = histogram ? histogram.sum : columns.v[i]!;
  return `${columns.t[i]! / minute}=${histogram ? "H" : ""}${isStale(v) ? "stale" : v}`;
}

interface Expected {
  /** Of the last batch. */
  readonly outcomes: string;
  /** How many samples of the whole script went beside those in order. */
  readonly late: number;
  readonly stored: readonly string[];
}

async function check(windowMinutes: number, script: readonly string[], expected: Expected): Promise<void> {
  const options = { ...simulated(new SimFileSystem()), memorySnapshot: false };
  let outOfOrderTimeWindowMs = windowMinutes * minute;
  let db = await openTsdb({ ...options, outOfOrderTimeWindowMs });
  let outcomes: string[] = [];
  let late = 0;
  for (const line of script) {
    const [word = "", ...rest] = line.split(" ");
    if (word === "window") {
      outOfOrderTimeWindowMs = Number(rest[0]) * minute;
      db.setOutOfOrderTimeWindow(outOfOrderTimeWindowMs);
    } else if (word === "restart") {
      late += db.stats().head.outOfOrderAppended;
      db = await reopenAfterKill({ ...options, outOfOrderTimeWindowMs });
    } else if (word === "rollback") appendSamples(db, rest, "rollback");
    else outcomes = appendSamples(db, line.split(" "), "commit");
  }
  late += db.stats().head.outOfOrderAppended;
  expect({ outcomes: outcomes.join(" "), late, stored: dumpMinutes(db) }).toEqual(expected);
  await db.close();
}

// Two hours of block range: without a window the head takes what is at most an hour behind its newest sample.
type Case = readonly [what: string, windowMinutes: number, script: readonly string[], expected: Expected];

const noWindow: readonly Case[] = [
  [
    "behind the series' last sample",
    0,
    ["x@120=1", "x@90=2"],
    { outcomes: "outOfOrder", late: 0, stored: ["x 120=1"] },
  ],
  [
    "behind the head's time, of an old and of a new series",
    0,
    ["x@120=1", "x@59=2 y@59=2 y@60=3"],
    { outcomes: "outOfBounds outOfBounds appended", late: 0, stored: ["x 120=1", "y 60=3"] },
  ],
  [
    "behind an earlier row of the batch: dropped when it is committed",
    0,
    ["x@120=1 x@110=2 h@120=H1 h@110=H2"],
    { outcomes: "appended appended appended appended", late: 0, stored: ["h 120=H1", "x 120=1"] },
  ],
  [
    "once more, with the same value and with another",
    0,
    ["x@120=1 h@120=H1", "x@120=1 x@120=2 h@120=H1 h@120=H2 h@120=1 x@120=H1"],
    {
      outcomes: "appended duplicate appended duplicate duplicate duplicate",
      late: 0,
      stored: ["h 120=H1", "x 120=1"],
    },
  ],
];

const inWindow: readonly Case[] = [
  [
    "behind the series' last sample, at the window's edge and beyond it",
    60,
    ["x@120=1", "x@90=2 x@60=3 x@59=4"],
    { outcomes: "appended appended tooOld", late: 2, stored: ["x 60=3 90=2 120=1"] },
  ],
  [
    "the first of a series: in order within the head's time, late before it, too old beyond the window",
    100,
    ["x@120=1", "y@60=1", "z@59=1", "w@20=1 w@19=1"],
    { outcomes: "appended tooOld", late: 2, stored: ["w 20=1", "x 120=1", "y 60=1", "z 59=1"] },
  ],
  [
    "the window is measured from the newest sample of all series",
    60,
    ["x@120=1 y@200=1", "x@139=2 x@140=3"],
    { outcomes: "tooOld appended", late: 0, stored: ["x 120=1 140=3", "y 200=1"] },
  ],
  [
    "behind an earlier row of the batch",
    60,
    ["x@100=1", "x@120=2 x@110=3 x@130=4 x@60=5"],
    { outcomes: "appended appended appended appended", late: 2, stored: ["x 60=5 100=1 110=3 120=2 130=4"] },
  ],
  [
    "the last sample once more, with the same value and with another",
    60,
    ["x@120=1", "x@120=1 x@120=2"],
    { outcomes: "appended duplicate", late: 0, stored: ["x 120=1"] },
  ],
  [
    "a late sample once more: the first stays, and nobody is told",
    60,
    ["x@120=1", "x@90=2", "x@90=2 x@90=3"],
    { outcomes: "appended appended", late: 1, stored: ["x 90=2 120=1"] },
  ],
  [
    "late at the time of a sample in order, which stays",
    60,
    ["x@90=1", "x@120=2", "x@90=3"],
    { outcomes: "appended", late: 1, stored: ["x 90=1 120=2"] },
  ],
  [
    "stale markers, of floats and of histograms",
    60,
    ["x@120=1 h@120=H1", "x@90=stale h@90=stale", "x@80=7 h@80=H8"],
    { outcomes: "appended appended", late: 4, stored: ["h 80=H8 90=Hstale 120=H1", "x 80=7 90=stale 120=1"] },
  ],
  [
    "histograms among floats, and floats among histograms",
    60,
    ["x@120=1 h@120=H1", "x@90=H2 x@80=3 h@90=4 h@80=H5"],
    {
      outcomes: "appended appended appended appended",
      late: 4,
      stored: ["h 80=H5 90=4 120=H1", "x 80=3 90=H2 120=1"],
    },
  ],
  [
    "a histogram behind a float of the batch",
    60,
    ["x@100=1", "x@120=2 x@110=H3 x@130=H4"],
    { outcomes: "appended appended appended", late: 1, stored: ["x 100=1 110=H3 120=2 130=H4"] },
  ],
];

const overTime: readonly Case[] = [
  [
    "a smaller window: what was taken stays, what comes is measured by it",
    120,
    ["x@200=1", "x@90=2", "window 30", "x@169=3 x@170=4"],
    { outcomes: "tooOld appended", late: 2, stored: ["x 90=2 170=4 200=1"] },
  ],
  [
    "the window taken away",
    120,
    ["x@200=1", "x@90=2", "window 0", "x@190=3 x@139=4"],
    { outcomes: "outOfOrder outOfBounds", late: 1, stored: ["x 90=2 200=1"] },
  ],
  [
    "a window given, and used after a restart",
    0,
    ["x@200=1", "window 120", "restart", "x@90=2", "restart", "x@90=3 x@91=4"],
    { outcomes: "appended appended", late: 2, stored: ["x 90=2 91=4 200=1"] },
  ],
  [
    "a window taken away: late samples are there after a restart",
    120,
    ["x@200=1", "x@90=2 h@90=H2", "window 0", "restart", "x@201=3"],
    { outcomes: "appended", late: 2, stored: ["h 90=H2", "x 90=2 200=1 201=3"] },
  ],
  [
    "rolled back",
    60,
    ["x@120=1", "rollback x@90=2 x@130=3 h@90=H3", "x@91=4"],
    { outcomes: "appended", late: 1, stored: ["x 91=4 120=1"] },
  ],
];

test("how late samples come is counted, be they taken or not", async () => {
  const db = await openTsdb({ ...simulated(new SimFileSystem()), outOfOrderTimeWindowMs: 60 * minute });
  appendSamples(db, ["x@1000=1", "y@1000=1"], "commit");
  // In order; the same again; 10 and 31 minutes behind; beyond the window, and twelve hours behind.
  appendSamples(db, ["z@1000=1", "x@1000=1", "x@990=1", "y@969=1", "x@900=1", "h@280=H1"], "commit");
  const { buckets, count, sumSeconds } = db.stats().lateDeltas;
  expect(buckets.map(({ cumulativeCount }) => cumulativeCount)).toEqual([1, 1, 2, 3, 3, 3, 4]);
  expect({ count, sumSeconds }).toEqual({ count: 4, sumSeconds: 60 * 861 });
  await db.close();
});

test("histograms among the samples are counted apart, and so are series that ended", async () => {
  const db = await openTsdb({ ...simulated(new SimFileSystem()), outOfOrderTimeWindowMs: 60 * minute });
  appendSamples(db, ["x@100=1", "y@100=1", "h@100=H1", "k@100=H1"], "commit");
  appendSamples(db, ["x@90=1", "h@90=H1", "h@91=H2"], "commit");
  expect(db.stats().head).toMatchObject({
    samplesAppended: 7,
    histogramsAppended: 4,
    outOfOrderAppended: 3,
    histogramsOutOfOrderAppended: 2,
  });
  expect(db.stats().headStaleSeries).toBe(0);
  appendSamples(db, ["x@101=stale", "h@101=stale", "y@99=stale"], "commit");
  expect(db.stats().headStaleSeries).toBe(2);
  appendSamples(db, ["x@102=1"], "commit");
  expect(db.stats().headStaleSeries).toBe(1);
  await db.close();
});

describe("without a window", () => test.each(noWindow)("%s", (_, ...rest) => check(...rest)));
describe("with a window", () => test.each(inWindow)("%s", (_, ...rest) => check(...rest)));
describe("a window that changes", () => test.each(overTime)("%s", (_, ...rest) => check(...rest)));
