// min and max of floats; NaN only where there is nothing else.
import type { SourceRange } from "../../ast.js";
import { texts } from "../annotations.js";
import { Column, isFloat, isHistogram } from "../column.js";
import type { GroupContext, RunningGroup } from "./group.js";

export class ExtremeGroup implements RunningGroup {
  dropsName = false;
  readonly #context: GroupContext;
  readonly #kind: "min" | "max";
  readonly #result: Column;

  constructor(context: GroupContext, kind: "min" | "max") {
    this.#context = context;
    this.#kind = kind;
    const { kernel, grid } = context.evaluation;
    this.#result = kernel?.column(grid.count) ?? new Column(context.labels, grid.count);
    this.#result.labels = context.labels;
  }

  add(column: Column): void {
    const { kernel } = this.#context.evaluation;
    const { at, present } = this.#result;
    const sign = this.#kind === "max" ? 1 : -1;
    if (at > 0 && kernel?.requestColumn(column)) kernel.functions.addToExtremes(at, present.byteOffset, sign);
    else takeExtremes(column, this.#result, sign);
    if (column.h) informOfIgnored(this.#context, column);
  }

  column(): Column {
    return this.#result;
  }
}

// `sign` turns min into max.
function takeExtremes(column: Column, result: Column, sign: number): void {
  for (let i = 0; i < column.v.length; i++) {
    if (column.present[i] !== isFloat) continue;
    const value = column.v[i] as number;
    const best = result.v[i] as number;
    if (result.present[i] === isFloat && !(sign * value > sign * best || Number.isNaN(best))) continue;
    result.setFloat(i, value);
  }
}

/** Says that histograms have no part in this aggregation. */
export function informOfIgnored(
  { plan, evaluation }: Pick<GroupContext, "plan" | "evaluation">,
  column: Column,
  range: SourceRange = plan.inner.range,
): void {
  if (!column.present.includes(isHistogram)) return;
  evaluation.annotations.inform(range, texts.ignoredInAggregation(plan.aggregator));
}
