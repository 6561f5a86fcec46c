// Slides the window of a range selector or a subquery over the steps, series by series.
// Comes from: select.ts (storage) or an inner plan (subquery). Goes to: range/ functions.
import { emptyLabels, type Labels } from "@narthex/model";
import type { MatrixPlan, SelectPlan, SubqueryPlan } from "../plan/node.js";
import { Column } from "./column.js";
import { type Evaluation, evaluateVector, onGrid } from "./evaluation.js";
import type { LeafPlan } from "./leaves.js";
import { ManySeries } from "./many.js";
import { metricName } from "./names.js";
import type { Overlap } from "./overlaps.js";
import { isFloatReset } from "./range/reset.js";
import { detectHints, SeriesSamples } from "./samples.js";
import { eachSeries, lookTimes, type ReadSelection } from "./series.js";
import type { ManyCall, SeriesKernel } from "./series-kernel.js";
import type { StepCounts } from "./step-counts.js";
import { gridEnd, type StepGrid } from "./step-grid.js";

/**
 * The samples of one series in (start, end]: rows floatFirst … floatEnd - 1 of the floats and the same of the
 * histograms. One object serves all steps and all series.
 */
export class Window {
  readonly samples: SeriesSamples = new SeriesSamples();
  readonly windowMs: number;
  /** Exclusive and inclusive, in ms. */
  start = 0;
  end = 0;
  floatFirst = 0;
  floatEnd = 0;
  histogramFirst = 0;
  histogramEnd = 0;
  /** Step of the result. */
  i = 0;
  /** Where the function puts its result for step `i`. */
  column: Column;
  #resets: number[] | undefined;
  #rows = new Int32Array(0);

  constructor(windowMs: number, steps: number, kernel?: SeriesKernel) {
    this.windowMs = windowMs;
    this.column = kernel?.column(steps) ?? new Column(emptyLabels, steps);
  }

  get floatCount(): number {
    return this.floatEnd - this.floatFirst;
  }

  get histogramCount(): number {
    return this.histogramEnd - this.histogramFirst;
  }

  /** The metric's name, for annotations. */
  get metric(): string {
    return metricName(this.samples.labels);
  }

  emit(value: number): void {
    this.column.setFloat(this.i, value);
  }

  /** Rows at which the counter started anew, ascending; found once per series. */
  resets(useStarts: boolean): readonly number[] {
    if (this.#resets) return this.#resets;
    this.#resets = [];
    for (let i = 1; i < this.samples.floatCount; i++) {
      if (isFloatReset(this.samples, i, useStarts)) this.#resets.push(i);
    }
    return this.#resets;
  }

  /** Room for `count` numbers, with anything in it. */
  rowsFor(count: number): Int32Array {
    if (this.#rows.length < count) this.#rows = new Int32Array(2 * count);
    return this.#rows;
  }

  /** To the first window of a series. */
  rewind(): void {
    this.#resets = undefined;
    this.floatFirst = 0;
    this.floatEnd = 0;
    this.histogramFirst = 0;
    this.histogramEnd = 0;
  }

  /** REQUIRES: `end` does not go back between two rewinds. */
  moveTo(end: number): void {
    this.end = end;
    this.start = end - this.windowMs;
    const { floatCount, floatTimes, histogramCount, histogramTimes } = this.samples;
    while (this.floatEnd < floatCount && (floatTimes[this.floatEnd] as number) <= end) this.floatEnd++;
    while (this.floatFirst < this.floatEnd && (floatTimes[this.floatFirst] as number) <= this.start) this.floatFirst++;
    if (histogramCount === 0) return;
    this.histogramEnd = firstAfter(histogramTimes, { from: this.histogramEnd, count: histogramCount, t: end });
    this.histogramFirst = firstAfter(histogramTimes, {
      from: this.histogramFirst,
      count: histogramCount,
      t: this.start,
    });
  }
}

function firstAfter(times: Float64Array, at: { from: number; count: number; t: number }): number {
  const { count, t } = at;
  let i = at.from;
  while (i < count && (times[i] as number) <= t) i++;
  return i;
}

/** Widens what is read beyond the window on both sides, for anchored and smoothed. */
export type WindowMargins = { readonly before: number; readonly after: number };

const noMargins: WindowMargins = { before: 0, after: 0 };

/** Calls `each` for every step of every series that has samples; then, per series, `finish` with the filled column. */
export function eachWindow(
  plan: MatrixPlan,
  evaluation: Evaluation,
  calls: {
    readonly each: (window: Window) => void;
    readonly finish: (window: Window) => void;
    readonly margins?: WindowMargins;
    /** Takes a whole series of floats at once, where it can; then `each` is not called for it. */
    readonly kernel?: (window: Window, look: Look) => boolean;
    /** Where other threads may fill columns; then only `finish` is called for them. */
    readonly leaf?: LeafPlan | undefined;
    /** Where columns that `kernel` filled may serve other selectors, and theirs this one. */
    readonly overlap?: Overlap | undefined;
    /** What the kernel does of many series at once, where each is of floats. */
    readonly many?: ManyCall | undefined;
    /** The windows are the query's result. */
    readonly areResult?: boolean;
  },
): void {
  const { kernel, budget } = evaluation;
  const { overlap } = calls;
  const window = new Window(plan.windowMs, evaluation.grid.count, kernel);
  const look = plan.kind === "window" ? lookTimes(plan.selector, evaluation) : subqueryTimes(plan, evaluation);
  const slide = (read: number, looked: number): void => {
    const { samples, column } = window;
    column.restart(samples.labels, samples.dropsName);
    window.rewind();
    const isDone = samples.histogramCount === 0 && calls.kernel?.(window, look);
    if (!isDone) slideOver(window, look, calls.each);
    else overlap?.put(samples.labels, column, { read, looked });
    calls.finish(window);
  };
  const { before, after } = calls.margins ?? noMargins;
  const windows = { first: look.first, step: look.step, before: plan.windowMs + before, after };
  const { counts } = evaluation;
  if (plan.kind === "subquery") {
    const inner = eachSubqueryColumn(plan, evaluation, look, (column, grid) => {
      window.samples.takeColumn(column, grid, kernel);
      if (!calls.areResult) counts?.addMade(window.samples, windows);
      slide(0, 0);
    });
    if (!inner) return;
    if (calls.areResult) counts?.addWhole(inner);
    else counts?.addReads(inner, windows);
    return;
  }
  const selection = selectionOf(plan.selector, look, { before: plan.windowMs + before, after });
  const taken = (labels: Labels): void => {
    window.samples.labels = labels;
    calls.finish(window);
  };
  eachSeries(evaluation, selection, {
    each: (source, samples) => {
      if (plan.selector.statisticsOnly) detectHints(samples);
      // Markers among them go when they are taken.
      const read = samples.count;
      window.samples.takeColumns(source.labels, samples);
      const { floatCount, histogramCount } = window.samples;
      const looked = lookedAt(floatCount + histogramCount, { window, look, evaluation });
      if (counts) counts.addWindows(window.samples, windows);
      else budget.totalQueryableSamples += looked;
      // Last: whoever takes the column may read other series into the same memory.
      slide(read, looked);
    },
    known: overlap?.knownTo({ column: window.column, budget, taken }),
    many: calls.many && !overlap ? manyWindows({ window, look, evaluation }, calls.many, calls.finish) : undefined,
    leaf: calls.leaf && { plan: calls.leaf, column: window.column, taken },
  });
}

function selectionOf({ matchers }: SelectPlan, look: Look, { before, after }: WindowMargins): ReadSelection {
  return { matchers, start: look.first - before + 1, end: look.last + after };
}

type Windows = { readonly window: Window; readonly look: Look; readonly evaluation: Evaluation };

function manyWindows(of: Windows, call: ManyCall, finish: (window: Window) => void): ManySeries | undefined {
  const { window, look, evaluation } = of;
  const { column: own, windowMs } = window;
  const request = { ...call, first: look.first, step: look.step, windowMs };
  return ManySeries.of(evaluation, request, (column, samples, found) => {
    evaluation.budget.totalQueryableSamples += lookedAt(samples, of);
    if (found === 0) return;
    window.samples.labels = column.labels;
    window.column = column;
    finish(window);
    window.column = own;
  });
}

/** Window ends: first + i × step, the last one at `last`. */
export type Look = { readonly first: number; readonly last: number; readonly step: number };

function slideOver(window: Window, look: Look, each: (window: Window) => void): void {
  const steps = window.column.v.length;
  for (let i = 0; i < steps; i++) {
    window.i = i;
    window.moveTo(look.first + i * look.step);
    each(window);
  }
}

// Each sample is in about as many windows as steps fit in one: counting them one by one would cost as much as adding them, and is
// left to StepCounts.
function lookedAt(samples: number, { window, look, evaluation }: Windows): number {
  const { count } = evaluation.grid;
  const windowsPerSample = look.step > 0 ? Math.min(window.windowMs / look.step, count) : count;
  return Math.round(samples * windowsPerSample);
}

function subqueryTimes(plan: SubqueryPlan, { grid }: Evaluation): Look {
  const first = (plan.at ?? grid.start) - plan.offsetMs;
  return plan.at === undefined
    ? { first, last: gridEnd(grid) - plan.offsetMs, step: grid.step }
    : { first, last: first, step: 0 };
}

// Steps of a subquery are multiples of its step since 1970, whatever the query's own are. Returns what they counted.
function eachSubqueryColumn(
  plan: SubqueryPlan,
  evaluation: Evaluation,
  look: Look,
  each: (column: Column, grid: StepGrid) => void,
): StepCounts | undefined {
  const oldest = look.first - plan.windowMs;
  let start = Math.trunc(oldest / plan.stepMs) * plan.stepMs;
  if (start <= oldest) start += plan.stepMs;
  const count = Math.floor((look.last - start) / plan.stepMs) + 1;
  if (count <= 0) return undefined;
  const grid = { start, step: plan.stepMs, count };
  evaluation.budget.hold(count);
  const ofInner = onGrid(evaluation, grid);
  evaluateVector(plan.inner, ofInner, (column) => each(column, grid));
  evaluation.budget.release(count);
  return ofInner.counts;
}
