// Warnings and infos of one query: what a result should be read with. Texts are Prometheus'.

import { quote } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import type { SourceRange } from "../ast.js";
import { printPosition } from "../error.js";

export class Annotations {
  readonly #query: string;
  readonly #warnings = new Map<string, true>();
  readonly #infos = new Map<string, true>();

  constructor(query: string) {
    this.#query = query;
  }

  warn(range: SourceRange, message: string): void {
    this.#warnings.set(`PromQL warning: ${message} (${printPosition(this.#query, range.start)})`, true);
  }

  inform(range: SourceRange, message: string): void {
    this.#infos.set(`PromQL info: ${message} (${printPosition(this.#query, range.start)})`, true);
  }

  get count(): number {
    return this.#warnings.size + this.#infos.size;
  }

  warnings(): string[] {
    return [...this.#warnings.keys()];
  }

  infos(): string[] {
    return [...this.#infos.keys()];
  }
}

export type HistogramOperation = "addition" | "subtraction" | "aggregation";

const forMetric = (name: string): string => (name === "" ? "" : ` for metric name ${quote(name)}`);

export const texts = {
  invalidQuantile: (q: number): string => `quantile value should be between 0 and 1, got ${printFloatG(q)}`,
  invalidRatio: (ratio: number, capped: number): string =>
    `ratio value should be between -1 and 1, got ${printFloatG(ratio)}, capping to ${printFloatG(capped)}`,
  badBucketLabel: (name: string, value: string): string =>
    `bucket label "le" is missing or has a malformed value of ${quote(value)}${forMetric(name)}`,
  mixedFloatsHistograms: (name: string): string =>
    `encountered a mix of histograms and floats for metric name ${quote(name)}`,
  mixedFloatsHistogramsInAggregation: "encountered a mix of histograms and floats for aggregation",
  mixedClassicNative: (name: string): string =>
    `vector contains a mix of classic and native histograms${forMetric(name)}`,
  histogramNotCounter: (name: string): string => `this native histogram metric is not a counter: ${quote(name)}`,
  histogramNotGauge: (name: string): string => `this native histogram metric is not a gauge: ${quote(name)}`,
  mixedExponentialCustom: (name: string): string =>
    `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(name)}`,
  incompatibleBuckets: (operator: string): string =>
    `incompatible bucket layout encountered for binary operator ${operator}`,
  incompatibleTypes: (left: string, operator: string, right: string): string =>
    `incompatible sample types encountered for binary operator ${quote(operator)}: ${left} ${operator} ${right}`,
  sortInRangeQuery: "sort is ineffective for range queries since results are always ordered by labels",
  possibleNonCounter: (name: string): string =>
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`,
  possibleNonCounterType: (name: string, type: string): string =>
    `metric might not be a counter, __type__ label is not set to "counter" or "histogram", got ${quote(type)}: ${quote(name)}`,
  ignoredInAggregation: (aggregator: string): string => `ignored histogram in ${aggregator} aggregation`,
  ignoredInMixedRange: (name: string): string =>
    `ignored histograms in a range containing both floats and histograms for metric name ${quote(name)}`,
  quantileNanResult: (name: string): string =>
    `input to histogram_quantile has NaN observations, result is NaN${forMetric(name)}`,
  quantileNanSkew: (name: string): string =>
    `input to histogram_quantile has NaN observations, result is skewed higher${forMetric(name)}`,
  fractionNans: (name: string): string =>
    `input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(name)}`,
  resetCollision: (operation: HistogramOperation): string => `conflicting counter resets during histogram ${operation}`,
  boundsReconciled: (operation: HistogramOperation): string =>
    `mismatched custom buckets were reconciled during ${operation}`,
  startTimeOverlap: (name: string): string =>
    `sample has start time that overlaps with previous sample timestamp for metric ${quote(name)}`,
} as const;
