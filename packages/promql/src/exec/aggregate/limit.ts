// limitk and limit_ratio: some of the series, whatever their values.

import type { Labels } from "@narthex/model";
import { QueryError } from "../../error.js";
import { texts } from "../annotations.js";
import { absent } from "../column.js";
import type { CollectingAggregation } from "./collect.js";
import { labelsHash } from "./labels-hash.js";
import { extremesOf } from "./quantile.js";
import { limitsFrom } from "./rank.js";

/** At each step the first k points of every group. */
export function limitK({ parameters, collect, sink }: CollectingAggregation): void {
  const limits = limitsFrom(parameters);
  for (const { columns } of collect()) {
    const seen = new Float64Array(limits.length);
    for (const column of columns) {
      for (let i = 0; i < limits.length; i++) {
        if (column.present[i] === absent) continue;
        if ((seen[i] as number) >= (limits[i] as number)) column.present[i] = absent;
        else seen[i] = (seen[i] as number) + 1;
      }
      if (!column.isEmpty()) sink(column);
    }
  }
}

/** The series whose hash falls into the first share r of all hashes, or, for a negative r, into the last. */
export function limitRatio({ plan, parameters, evaluation, collect, sink }: CollectingAggregation): void {
  const capped = (ratio: number): number => Math.max(-1, Math.min(1, ratio));
  for (const ratio of extremesOf(parameters)) {
    if (Number.isNaN(ratio)) throw new QueryError("execution", "Ratio value is NaN");
    if (capped(ratio) !== ratio)
      evaluation.annotations.warn(plan.parameter?.range ?? plan.range, texts.invalidRatio(ratio, capped(ratio)));
  }
  const ratios = parameters.map(capped);
  for (const { columns } of collect()) {
    for (const column of columns) {
      const place = hashPlace(column.labels);
      for (let i = 0; i < ratios.length; i++) if (!isChosen(place, ratios[i] as number)) column.present[i] = absent;
      if (!column.isEmpty()) sink(column);
    }
  }
}

// r and r - 1 choose complements.
function isChosen(place: number, ratio: number): boolean {
  return ratio >= 0 ? place < ratio : place >= 1 + ratio;
}

/** In [0, 1]: where Prometheus' hash of the labels lies among all hashes. */
function hashPlace(labels: Labels): number {
  return Number(labelsHash(labels)) / 2 ** 64;
}
