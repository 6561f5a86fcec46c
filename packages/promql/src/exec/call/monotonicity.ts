// Bucket counts that had to be levelled, told once per metric for all steps.

import { quote } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import type { SourceRange } from "../../ast.js";
import type { MonotonicityFix } from "../../histogram/classic.js";
import type { Evaluation } from "../evaluation.js";

type Seen = { from: number; to: number; maxDifference: number; samples: number; first: number; last: number };

const documentation = "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";

export class MonotonicityFixes {
  readonly #evaluation: Evaluation;
  readonly #range: SourceRange;
  readonly #byMetric = new Map<string, Seen>();

  constructor(evaluation: Evaluation, range: SourceRange) {
    this.#evaluation = evaluation;
    this.#range = range;
  }

  add(metric: string, fix: MonotonicityFix, t: number): void {
    const seen = this.#byMetric.get(metric);
    if (!seen) {
      this.#byMetric.set(metric, { ...fix, samples: 1, first: t, last: t });
      return;
    }
    seen.from = Math.min(seen.from, fix.from);
    seen.to = Math.max(seen.to, fix.to);
    seen.maxDifference = Math.max(seen.maxDifference, fix.maxDifference);
    seen.samples++;
    seen.first = Math.min(seen.first, t);
    seen.last = Math.max(seen.last, t);
  }

  report(): void {
    for (const [metric, seen] of this.#byMetric) {
      const name = metric === "" ? "" : ` for metric name ${quote(metric)}`;
      const buckets = `from buckets ${printFloatG(seen.from)} to ${printFloatG(seen.to)}`;
      const difference = `with a max diff of ${printFloatG(Number(seen.maxDifference.toPrecision(2)))}`;
      const samples = `over ${seen.samples} samples from ${printTime(seen.first)} to ${printTime(seen.last)}`;
      this.#evaluation.annotations.inform(
        this.#range,
        `input to histogram_quantile needed to be fixed for monotonicity (see ${documentation})${name}, ${buckets}, ${difference}, ${samples}`,
      );
    }
  }
}

function printTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}
