// What an evaluation gives back.
import type { Histogram, Labels } from "@narthex/model";

/** One element of a vector: a histogram where `h` stands, else the float `v`. Times are milliseconds. */
export type VectorPoint = {
  readonly labels: Labels;
  readonly t: number;
  readonly v: number;
  readonly h?: Histogram;
};

/** Rows 0 … count - 1 are valid, ascending in time; row i is a histogram where `h[i]` stands. */
export type MatrixSeries = {
  readonly labels: Labels;
  readonly count: number;
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly h?: readonly (Histogram | undefined)[];
};

export type QueryValue =
  | { readonly type: "scalar"; readonly t: number; readonly v: number }
  | { readonly type: "string"; readonly t: number; readonly value: string }
  | { readonly type: "vector"; readonly points: VectorPoint[] }
  | { readonly type: "matrix"; readonly series: MatrixSeries[] };

export type QueryStats = {
  /** Samples that the evaluator looked at, over all steps; a histogram counts by its size. */
  readonly totalQueryableSamples: number;
  /** Most samples held at one time. */
  readonly peakSamples: number;
  /** Samples decoded from the storage. */
  readonly samplesRead: number;
  readonly seriesRead: number;
  readonly evalMs: number;
  /** Only where they were asked for; then the totals are their sums, exactly. */
  readonly perStep: StepStats | undefined;
};

/** Of an answer that no engine of ours made. */
export const noQueryStats: QueryStats = {
  totalQueryableSamples: 0,
  peakSamples: 0,
  samplesRead: 0,
  seriesRead: 0,
  evalMs: 0,
  perStep: undefined,
};

/** Row i is the step at start + i × step, in ms. */
export type StepStats = {
  readonly start: number;
  readonly step: number;
  readonly queryableSamples: Float64Array;
  /** Samples that no step before looked at. */
  readonly samplesRead: Float64Array;
};

export type QueryResult = {
  readonly value: QueryValue;
  /** Whole texts: "PromQL warning: … (1:5)". */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats: QueryStats;
};
