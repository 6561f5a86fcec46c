// All functions of range vectors, by name.
import { changes, resets } from "./changes.js";
import type { RangeFunction } from "./function.js";
import { instantRate } from "./instant-rate.js";
import * as overTime from "./over-time.js";
import { extrapolatedRate } from "./rate.js";
import { deriv, doubleExponentialSmoothing, predictLinear } from "./regression.js";
import { averageOverTime, sumOverTime } from "./sum-over-time.js";
import * as timestampOf from "./timestamp-of.js";

export const rangeFunctions: Readonly<Record<string, RangeFunction>> = {
  rate: extrapolatedRate({ isCounter: true, isRate: true }),
  increase: extrapolatedRate({ isCounter: true, isRate: false }),
  delta: extrapolatedRate({ isCounter: false, isRate: false }),
  irate: instantRate({ isRate: true }),
  idelta: instantRate({ isRate: false }),
  changes,
  resets,
  deriv,
  predict_linear: predictLinear,
  double_exponential_smoothing: doubleExponentialSmoothing,
  sum_over_time: sumOverTime,
  avg_over_time: averageOverTime,
  count_over_time: overTime.count,
  min_over_time: overTime.minimum,
  max_over_time: overTime.maximum,
  last_over_time: overTime.last,
  first_over_time: overTime.first,
  present_over_time: overTime.present,
  stddev_over_time: overTime.standardDeviation,
  stdvar_over_time: overTime.standardVariance,
  quantile_over_time: overTime.quantileOverTime,
  mad_over_time: overTime.medianAbsoluteDeviation,
  ts_of_first_over_time: timestampOf.first,
  ts_of_last_over_time: timestampOf.last,
  ts_of_min_over_time: timestampOf.minimum,
  ts_of_max_over_time: timestampOf.maximum,
};

/** These give back samples as they are, and so keep the metric's name. */
export const nameKeepingFunctions: ReadonlySet<string> = new Set(["last_over_time", "first_over_time"]);
