// Range functions over a whole series of floats at once: hot loops over typed arrays, with the work of one window kept
// for the next. Comes from: window.ts, where a series has neither histogram nor modifier nor start timestamps.
// Each gives what the function of the same name in table.ts gives window by window (column-kernel.fuzz.ts).
import { countKernel, lastKernel } from "./kernel/count.js";
import { extremeKernel } from "./kernel/extreme.js";
import type { ColumnKernel } from "./kernel/kernel.js";
import { quantileKernel } from "./kernel/quantile.js";
import { rateKernel } from "./kernel/rate.js";
import { derivKernel, predictLinearKernel } from "./kernel/regression.js";
import { averageKernel, sumKernel } from "./kernel/sum.js";
import { changesKernel, lastChangeKernel, resetsKernel } from "./kernel/transition.js";

export const columnKernels: Readonly<Record<string, ColumnKernel>> = {
  rate: rateKernel({ isCounter: true, isRate: true }),
  increase: rateKernel({ isCounter: true, isRate: false }),
  delta: rateKernel({ isCounter: false, isRate: false }),
  irate: lastChangeKernel({ isRate: true }),
  idelta: lastChangeKernel({ isRate: false }),
  changes: changesKernel,
  resets: resetsKernel,
  sum_over_time: sumKernel,
  avg_over_time: averageKernel,
  count_over_time: countKernel,
  last_over_time: lastKernel,
  max_over_time: extremeKernel(1),
  min_over_time: extremeKernel(-1),
  quantile_over_time: quantileKernel,
  deriv: derivKernel,
  predict_linear: predictLinearKernel,
};
