// Parts of dates: of a vector's values as Unix seconds, or of the evaluation time. All in UTC.
import { emptyLabels } from "@narthex/model";
import type { CallPlan } from "../../plan/node.js";
import { Column, type ColumnSink } from "../column.js";
import { type Evaluation, timeAt } from "../evaluation.js";
import { mapFloats } from "./math.js";

export const dateFunctions: Readonly<Record<string, (date: Date) => number>> = {
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1,
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

export function evaluateDate(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const part = dateFunctions[plan.fn] as (date: Date) => number;
  const ofSeconds = (seconds: number): number => part(new Date(Math.trunc(seconds) * 1000));
  if (plan.arguments.length > 0) {
    mapFloats(plan, evaluation, { sink, map: ofSeconds });
    return;
  }
  const column = new Column(emptyLabels, evaluation.grid.count);
  for (let i = 0; i < column.v.length; i++) column.setFloat(i, ofSeconds(timeAt(evaluation.grid, i) / 1000));
  sink(column);
}
