// Histograms of a group added up step by step, for sum and avg.
import type { Histogram } from "@narthex/model";
import { compact } from "../../histogram/spans.js";
import { texts } from "../annotations.js";
import { absent, type Column, isHistogram } from "../column.js";
import { metricName } from "../names.js";
import type { GroupContext } from "./group.js";

type Total = {
  readonly resetCollision: boolean;
  readonly boundsReconciled: boolean;
  add(histogram: Histogram): "added" | "incompatible";
  histogram(): Histogram;
};

export class HistogramSums<T extends Total> {
  readonly #context: GroupContext;
  readonly #start: (first: Histogram) => T;
  readonly #totals: (T | "incompatible" | undefined)[] = [];

  constructor(context: GroupContext, start: (first: Histogram) => T) {
    this.#context = context;
    this.#start = start;
  }

  add(column: Column): void {
    for (let i = 0; i < column.present.length; i++) {
      if (column.present[i] === isHistogram) this.#addAt(column, i);
    }
  }

  #addAt(column: Column, i: number): void {
    const total = this.#totals[i];
    if (total === "incompatible") return;
    if (total === undefined) this.#totals[i] = this.#start(column.histogramAt(i));
    else if (total.add(column.histogramAt(i)) === "incompatible") {
      this.#totals[i] = "incompatible";
      const { evaluation, plan } = this.#context;
      evaluation.annotations.warn(plan.inner.range, texts.mixedExponentialCustom(metricName(column.labels)));
    }
  }

  /** Sets the sums; a step that has a float already has no result at all. */
  putInto(column: Column): void {
    const { annotations } = this.#context.evaluation;
    const { range } = this.#context.plan.inner;
    this.#totals.forEach((total, i) => {
      if (column.present[i] !== absent) {
        annotations.warn(range, texts.mixedFloatsHistogramsInAggregation);
        column.present[i] = absent;
      } else if (total !== "incompatible" && total) {
        if (total.resetCollision) annotations.warn(range, texts.resetCollision("aggregation"));
        if (total.boundsReconciled) annotations.inform(range, texts.boundsReconciled("aggregation"));
        column.setHistogram(i, compact(total.histogram()));
      }
    });
  }
}
