// Quantiles of plain numbers.

/**
 * The q-quantile of `values`, by linear interpolation between ranks; NaNs sort first. -Inf below 0, +Inf above 1.
 * Sorts `values` in place.
 */
export function quantile(q: number, values: Float64Array): number {
  const n = values.length;
  if (n === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  sortNansFirst(values);
  const rank = q * (n - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(n - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (values[lower] as number) * (1 - weight) + (values[upper] as number) * weight;
}

// Typed arrays sort NaN last.
function sortNansFirst(values: Float64Array): void {
  values.sort();
  let nans = 0;
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans] as number)) nans++;
  if (nans === 0) return;
  values.copyWithin(nans, 0, values.length - nans);
  values.fill(NaN, 0, nans);
}
