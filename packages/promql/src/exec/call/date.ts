// Parts of dates: of a vector's values as Unix seconds, or of the evaluation time. All in UTC.
import { emptyLabels } from "@narthex/model";
import type { CallPlan } from "../../plan/node.js";
import { Column, type ColumnSink } from "../column.js";
import type { Evaluation } from "../evaluation.js";
import { timeAt } from "../step-grid.js";
import { mapFloats } from "./math.js";

/** A date in the 400 years from 1970 on; `cycles` of 400 years, which are all alike, are left out of it. */
type CivilTime = { readonly date: Date; readonly cycles: number };

const cycleSeconds = 12_622_780_800;
const cycleYears = 400;
// Go's conversion of NaN and of anything beyond an int64 gives -2^63, and its calendar wraps around at that time.
const secondsMax = 2 ** 63;
const wrapped: CivilTime = {
  date: new Date(Date.UTC(2196, 11, 4, 15, 30, 8)),
  cycles: (292_277_026_596 - 2196) / cycleYears,
};

export const dateFunctions: Readonly<Record<string, (time: CivilTime) => number>> = {
  days_in_month: ({ date }) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  day_of_month: ({ date }) => date.getUTCDate(),
  day_of_week: ({ date }) => date.getUTCDay(),
  day_of_year: ({ date }) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1,
  hour: ({ date }) => date.getUTCHours(),
  minute: ({ date }) => date.getUTCMinutes(),
  month: ({ date }) => date.getUTCMonth() + 1,
  year: ({ date, cycles }) => date.getUTCFullYear() + cycles * cycleYears,
};

function civilTime(seconds: number): CivilTime {
  if (Number.isNaN(seconds) || Math.abs(seconds) >= secondsMax) return wrapped;
  const whole = Math.trunc(seconds);
  const cycles = Math.floor(whole / cycleSeconds);
  return { date: new Date((whole - cycles * cycleSeconds) * 1000), cycles };
}

export function evaluateDate(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const part = dateFunctions[plan.fn] as (time: CivilTime) => number;
  const ofSeconds = (seconds: number): number => part(civilTime(seconds));
  if (plan.arguments.length > 0) {
    mapFloats(plan, evaluation, { sink, map: ofSeconds });
    return;
  }
  const column = new Column(emptyLabels, evaluation.grid.count);
  for (let i = 0; i < column.v.length; i++) column.setFloat(i, ofSeconds(timeAt(evaluation.grid, i) / 1000));
  sink(column);
}
