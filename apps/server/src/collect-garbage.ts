// Collects garbage when many series have come and no more do: making them leaves tens of megabytes, and what then goes on makes so
// little that V8 sees no reason for minutes (docs/benchmarks.md#memory). Comes from: main. It takes some 30 ms of the main thread.
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "@narthex/stdx";

export type BurstWatch = {
  readonly clock: Clock;
  /** Series made since the start. */
  readonly seriesCreated: () => number;
  /** Returns whether that was all there is to be had. */
  readonly collect: () => boolean;
};

/** So long the process is calm before: V8 shrinks its space for young objects only while few are made. */
const lookMs = 30_000;
/** Fewer new series are not worth a collection. */
const burstSeriesMin = 10_000;
const attemptsMax = 2;
/** A burst goes on while more than this share of it comes between two looks. */
const goingOnShare = 0.01;

/** Returns a function that ends it. */
export function collectAfterBursts({ clock, seriesCreated, collect }: BurstWatch): () => void {
  let before = seriesCreated();
  // What the log brought was made just now, too.
  let burst = before;
  let attempts = 0;
  let cancel = (): void => {};
  const look = (): void => {
    const created = seriesCreated();
    const fresh = created - before;
    before = created;
    burst += fresh;
    if (burst >= burstSeriesMin && fresh <= burst * goingOnShare) {
      attempts++;
      const isDone = collect() || attempts === attemptsMax;
      if (isDone) burst = attempts = 0;
    }
    cancel = clock.after(lookMs, look);
  };
  cancel = clock.after(lookMs, look);
  return () => cancel();
}

/** What young objects have when V8 has taken back what they grew to, and a bit. */
const youngBytesMax = 4 * 1024 * 1024;

/** V8 gives its collector to contexts that are made while the option is set. Returns whether the space of young objects is small. */
export function collectGarbage(): boolean {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  collect();
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  return young === undefined || young.physical_space_size <= youngBytesMax;
}
