// Where windows lie in samples that are all the same time apart, without looking at the times: if a step is a whole number of
// intervals, windows of neighbouring steps hold equally many samples, which lie in them the same way.
import type { RegularRun } from "../../series-kernel.js";
import type { KernelInput } from "./kernel.js";

/** The steps whose windows do not reach beyond the samples on either side; undefined where there are none or times are not regular. */
export function regularRun(
  { t, count, isRegular, first, step, windowMs }: KernelInput,
  steps: number,
): RegularRun | undefined {
  if (!isRegular || count < 2) return undefined;
  const start = t[0] as number;
  const interval = (t[1] as number) - start;
  const shift = step / interval;
  if (!Number.isInteger(shift)) return undefined;
  // Rows up to a time, were there as many as one likes on both sides.
  const to = Math.floor((first - start) / interval) + 1;
  const from = Math.floor((first - windowMs - start) / interval) + 1;
  if (shift === 0)
    return from >= 0 && to <= count ? { begin: 0, end: steps, from, samples: to - from, shift } : undefined;
  const begin = Math.max(0, Math.ceil(-from / shift));
  const end = Math.min(steps, Math.floor((count - to) / shift) + 1);
  return begin < end ? { begin, end, from: from + begin * shift, samples: to - from, shift } : undefined;
}
