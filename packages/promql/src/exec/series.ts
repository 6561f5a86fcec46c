// Reads series from the storage, one at a time, into the same columns.
// Comes from: the queryable's Querier. Goes to: select.ts, smoothed-select.ts, window.ts.
import { type LatestSamples, type Matcher, type Querier, SampleColumns, type SeriesSource } from "@narthex/model";
import type { SelectPlan } from "../plan/node.js";
import type { Evaluation, Selected, SeriesVisit, SeriesWalk } from "./evaluation.js";
import { manySeriesMin } from "./many.js";
import { gridEnd } from "./step-grid.js";

/** Samples read between two looks at the clock, a series counting for 100 more: about a tenth of a millisecond. */
const samplesUnchecked = 10_000;
export const seriesWork = 100;

/** Times are in ms, both ends inclusive. */
export interface ReadSelection {
  readonly matchers: readonly Matcher[];
  readonly start: number;
  readonly end: number;
}

/** Visits every series that matches, with its samples decoded. */
export function eachSeries(evaluation: Evaluation, selection: ReadSelection, visit: SeriesVisit): void {
  ask(evaluation, selection, (querier) => walk(evaluation, { sources: querier.select(selection), querier }, visit));
}

/**
 * As `eachSeries`, for a selection that is looked at only at its end: `latest` takes the last sample where the storage finds it by
 * itself. Series whose last sample is before the selection are left out.
 */
export function eachLatest(
  evaluation: Evaluation,
  selection: ReadSelection,
  { visit, latest }: { readonly visit: SeriesVisit; readonly latest: (samples: LatestSamples, i: number) => void },
): void {
  ask(evaluation, selection, (querier) => {
    const found = querier.latest?.(selection);
    if (found === undefined) {
      walk(evaluation, { sources: querier.select(selection), querier }, visit);
      return;
    }
    const reader = new SeriesReader(visit, evaluation);
    for (let i = 0; i < found.labels.length; i++) {
      const t = found.t[i] as number;
      if (Number.isNaN(t)) reader.read(found.source(i));
      else if (t >= selection.start) {
        reader.work(seriesWork);
        evaluation.budget.read(1);
        latest(found, i);
      }
    }
  });
}

function ask({ queryable }: Evaluation, { start, end }: ReadSelection, read: (querier: Querier) => void): void {
  const querier = queryable.querier({ start, end });
  try {
    read(querier);
  } finally {
    querier.close();
  }
}

function walk(evaluation: Evaluation, selected: Selected, visit: SeriesVisit): void {
  (evaluation.walk ?? alone).walk(selected, visit, evaluation);
}

const alone: SeriesWalk = {
  walk({ sources, querier }, visit, evaluation) {
    const reader = new SeriesReader(visit, evaluation, querier);
    for (let at = 0; at < sources.length; ) at += reader.readSome(sources, at);
  },
};

/** Series of more samples have little that is paid once for many of them, and are better decoded where the processor's caches hold one. */
const manyRowsMax = 128;
/** Series that are read one by one, after the storage gave none together, until it is asked again; more each time. */
const alonesMin = 2;
const alonesMax = 256;

/** Decodes one series after the other for a visit, and looks at the clock in between. */
export class SeriesReader {
  readonly #visit: SeriesVisit;
  readonly #evaluation: Evaluation;
  readonly #samples: SampleColumns;
  readonly #querier: Querier | undefined;
  /** Clocks and signals cost as much as a short series does. */
  #unchecked = samplesUnchecked;
  /** From this series on the storage is asked for many. */
  #manyFrom = 0;
  #alones = alonesMin;
  /** In all. */
  samplesRead = 0;

  constructor(visit: SeriesVisit, evaluation: Evaluation, querier?: Querier) {
    this.#querier = querier;
    this.#visit = visit;
    this.#evaluation = evaluation;
    this.#samples = evaluation.kernel?.samples() ?? new SampleColumns();
  }

  /** Reads the series at `at`, and others behind it where they are read with less work together; returns how many. */
  readSome(sources: readonly SeriesSource[], at: number): number {
    const together = at < this.#manyFrom || sources.length - at < manySeriesMin ? 0 : this.#readMany(sources, at);
    if (together > 0) return together;
    this.read(sources[at] as SeriesSource);
    return 1;
  }

  #readMany(sources: readonly SeriesSource[], first: number): number {
    const { many } = this.#visit;
    const rows = many?.rows();
    const count = rows ? (this.#querier?.readMany?.(sources, first, rows) ?? 0) : 0;
    if (!many || count === 0) {
      this.#manyFrom = first + this.#alones;
      this.#alones = Math.min(alonesMax, 2 * this.#alones);
      return 0;
    }
    this.#alones = alonesMin;
    if ((rows?.ends[count - 1] as number) > manyRowsMax * count) this.#manyFrom = Number.POSITIVE_INFINITY;
    many.evaluate(count);
    for (let i = 0; i < count; i++) {
      const source = sources[first + i] as SeriesSource;
      const samples = many.samples(i);
      if (samples < 0) {
        this.read(source);
        continue;
      }
      this.work(seriesWork + samples);
      this.samplesRead += samples;
      if (samples === 0) continue;
      this.#evaluation.budget.read(samples);
      many.take(i, source.labels);
    }
    return count;
  }

  /** Returns how many samples there were. */
  read(source: SeriesSource): number {
    this.work(0);
    if (this.#visit.known?.(source.labels)) {
      this.#unchecked += seriesWork;
      return 0;
    }
    const samples = this.#samples;
    source.read(samples);
    this.#unchecked += samples.count + seriesWork;
    this.samplesRead += samples.count;
    if (samples.count === 0) return 0;
    this.#evaluation.budget.read(samples.count);
    this.#visit.each(source, samples);
    return samples.count;
  }

  /** Counts work that was done elsewhere; throws when the query is to end. */
  work(units: number): void {
    this.#unchecked += units;
    if (this.#unchecked < samplesUnchecked) return;
    this.#evaluation.budget.checkpoint();
    this.#unchecked = 0;
  }
}

/** Where a selector looks, for steps of the grid. */
export function lookTimes(plan: SelectPlan, evaluation: Evaluation): { first: number; last: number; step: number } {
  const { grid } = evaluation;
  const first = (plan.at ?? grid.start) - plan.offsetMs;
  if (plan.at !== undefined) return { first, last: first, step: 0 };
  return { first, last: gridEnd(grid) - plan.offsetMs, step: grid.step };
}
