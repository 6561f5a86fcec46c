// Reads series from the storage, one at a time, into the same columns.
// Comes from: the queryable's Querier. Goes to: select.ts, smoothed-select.ts, window.ts.
import { type LatestSamples, type Matcher, type Querier, SampleColumns, type SeriesSource } from "@narthex/model";
import type { SelectPlan } from "../plan/node.js";
import type { Evaluation, SeriesVisit, SeriesWalk } from "./evaluation.js";
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
  ask(evaluation, selection, (querier) => walk(evaluation, querier.select(selection), visit));
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
      walk(evaluation, querier.select(selection), visit);
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

function walk(evaluation: Evaluation, sources: readonly SeriesSource[], visit: SeriesVisit): void {
  (evaluation.walk ?? alone).walk(sources, visit, evaluation);
}

const alone: SeriesWalk = {
  walk(sources, visit, evaluation) {
    const reader = new SeriesReader(visit, evaluation);
    for (const source of sources) reader.read(source);
  },
};

/** Decodes one series after the other for a visit, and looks at the clock in between. */
export class SeriesReader {
  readonly #visit: SeriesVisit;
  readonly #evaluation: Evaluation;
  readonly #samples: SampleColumns;
  /** Clocks and signals cost as much as a short series does. */
  #unchecked = samplesUnchecked;

  constructor(visit: SeriesVisit, evaluation: Evaluation) {
    this.#visit = visit;
    this.#evaluation = evaluation;
    this.#samples = evaluation.kernel?.samples() ?? new SampleColumns();
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
