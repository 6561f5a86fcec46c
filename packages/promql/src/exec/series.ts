// Reads series from the storage, one at a time, into the same columns.
// Comes from: the queryable's Querier. Goes to: select.ts, smoothed-select.ts, window.ts.
import { type Matcher, SampleColumns, type SeriesSource } from "@narthex/model";
import type { SelectPlan } from "../plan/node.js";
import { type Evaluation, gridEnd } from "./evaluation.js";

/** Samples read between two looks at the clock, a series counting for 100 more: about a tenth of a millisecond. */
const samplesUnchecked = 10_000;

/** Both ends inclusive, in ms; calls `each` for every series that matches, with its samples decoded. */
export function eachSeries(
  evaluation: Evaluation,
  selection: { readonly matchers: readonly Matcher[]; readonly start: number; readonly end: number },
  each: (source: SeriesSource, samples: SampleColumns) => void,
): void {
  const { budget, queryable } = evaluation;
  const querier = queryable.querier({ start: selection.start, end: selection.end });
  try {
    const samples = new SampleColumns();
    let unchecked = samplesUnchecked;
    for (const source of querier.select(selection)) {
      // Clocks and signals cost as much as a short series does.
      if (unchecked >= samplesUnchecked) {
        budget.checkpoint();
        unchecked = 0;
      }
      source.read(samples);
      unchecked += samples.count + 100;
      if (samples.count === 0) continue;
      budget.read(samples.count);
      each(source, samples);
    }
  } finally {
    querier.close();
  }
}

/** Where a selector looks, for steps of the grid. */
export function lookTimes(plan: SelectPlan, evaluation: Evaluation): { first: number; last: number; step: number } {
  const { grid } = evaluation;
  const first = (plan.at ?? grid.start) - plan.offsetMs;
  if (plan.at !== undefined) return { first, last: first, step: 0 };
  return { first, last: gridEnd(grid) - plan.offsetMs, step: grid.step };
}
