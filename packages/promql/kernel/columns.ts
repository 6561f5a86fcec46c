// Hot loops of the evaluator over one series: range functions, lookups, and what aggregations add to a group's columns.
// AssemblyScript, compiled to WebAssembly, so that it is fast from the first query on. Each does to the bit what its oracle in
// src/exec does: range/kernel/, select.ts, aggregate/.
// The caller puts what a call is about at `requestAt`: eight integers, three doubles. Samples stand at `timesAt` and `valuesAt`,
// the points of a subquery at the others, `rowsMax` at the most; columns of steps anywhere from `spareAt` on.

export {
  endsAt,
  foundAt,
  interceptsAt,
  interceptsMax,
  notesAt,
  otherTimesAt,
  otherValuesAt,
  rangeAt,
  requestAt,
  rowsMax,
  seriesMax,
  spareAt,
  timesAt,
  valuesAt,
  xAt,
  xMax,
} from "./columns/request";
export { many } from "./columns/many";
export { rate } from "./columns/rate";
export { countOverTime, lastChange, latest } from "./columns/latest";
export { transitions } from "./columns/transitions";
export { extremes } from "./columns/extremes";
export { quantiles } from "./columns/quantiles";
export { sums } from "./columns/sums";
export { variances } from "./columns/variances";
export { lines, linesOfAny } from "./columns/lines";
export { addToAverages, addToCounts, addToExtremes, addToSums } from "./columns/groups";
