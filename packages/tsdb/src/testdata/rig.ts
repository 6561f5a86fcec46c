// What the package's tests share: databases on a simulated disk, batches in, text out.
import {
  type AppendColumns,
  isStaleAt,
  labelsFrom,
  type Matcher,
  matcherFrom,
  type Queryable,
  SampleColumns,
  setStaleAt,
  wordsOf,
} from "@narthex/model";
import { randomFrom, SimClock, SimFileSystem } from "@narthex/stdx";
import type { Processes } from "../lock.js";
import type { TsdbOptions } from "../options.js";
import { openTsdb, type TimeRange, type Tsdb } from "../tsdb.js";
import { comparable } from "./histograms.js";

export const everything: TimeRange = { start: -1e15, end: 1e15 };
export const anySeries: Matcher = matcherFrom("=~", "__name__", ".+");

export const processes: Processes = {
  ownPid: 1,
  startOf: (pid) => (pid < 10 ? `start-${pid}` : undefined),
  flockHolder: () => undefined,
};

let databases = 0;

export function simulated(fileSystem: SimFileSystem = new SimFileSystem()): TsdbOptions & {
  readonly fileSystem: SimFileSystem;
} {
  return { path: "/data", fileSystem, processes, clock: new SimClock(1_700_000_000_000), random: randomFrom(++databases) };
}

export type Row = readonly [name: string, t: number, v: number | "stale"];

export function columnsOf(refs: readonly number[], rows: readonly Row[]): AppendColumns {
  const v = Float64Array.from(rows, ([, , value]) => (value === "stale" ? 0 : value));
  for (const [i, [, , value]] of rows.entries()) if (value === "stale") setStaleAt(wordsOf(v), i);
  return {
    count: rows.length,
    refs: Uint32Array.from(refs),
    t: Float64Array.from(rows, ([, t]) => t),
    v,
    outcomes: new Uint8Array(rows.length),
  };
}

/** Appends rows in one batch; returns their outcomes. */
export function append(db: Tsdb, rows: readonly Row[]): number[] {
  const appender = db.appender();
  const refs = rows.map(([name]) => appender.series(labelsFrom({ __name__: name, job: "test" })));
  const columns = columnsOf(refs, rows);
  appender.append(columns);
  appender.commit();
  return [...columns.outcomes];
}

/** What the matcher finds, as `name t=v t=v`, one line per series. */
export function dump(db: Queryable, range: TimeRange = everything, matcher: Matcher = anySeries): string[] {
  const querier = db.querier(range);
  const columns = new SampleColumns();
  const lines: string[] = [];
  for (const source of querier.select({ matchers: [matcher], ...range, sorted: true })) {
    source.read(columns);
    const samples = Array.from({ length: columns.count }, (_, i) => `${columns.t[i]}=${printValue(columns, i)}`);
    if (samples.length > 0) lines.push([source.labels[1], ...samples].join(" "));
  }
  querier.close();
  return lines;
}

/** As `dump`, with histograms in the form in which they can be compared. */
export function dumpAll(db: Tsdb, range: TimeRange = everything): string[] {
  const querier = db.querier(range);
  const columns = new SampleColumns();
  const lines: string[] = [];
  for (const source of querier.select({ matchers: [anySeries], ...range, sorted: true })) {
    source.read(columns);
    const samples = Array.from({ length: columns.count }, (_, i) => {
      const histogram = columns.h?.[i];
      return `${columns.t[i]}=${histogram ? JSON.stringify(comparable(histogram)) : printValue(columns, i)}`;
    });
    if (samples.length > 0) lines.push([source.labels[1], ...samples].join(" "));
  }
  querier.close();
  return lines;
}

function printValue(columns: SampleColumns, i: number): string {
  return isStaleAt(columns.words, i) ? "stale" : String(columns.v[i]);
}

let kills = 0;

/** Opens the directory of a database whose process died: the owner that the lock names is gone. */
export function reopenAfterKill(options: TsdbOptions): Promise<Tsdb> {
  const start = `after-kill-${++kills}`;
  return openTsdb({ ...options, processes: { ...processes, startOf: () => start } });
}
