// Quantiles of plain numbers.

/**
 * The q-quantile of `values`, by linear interpolation between ranks; NaNs sort first. -Inf below 0, +Inf above 1.
 * Changes the order of `values`.
 */
export function quantile(q: number, values: Float64Array): number {
  const n = values.length;
  if (n === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const nans = moveNansFirst(values);
  const rank = q * (n - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(n - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  const below = lower < nans ? NaN : select(values, nans, lower);
  // All behind the rank are as large as it or larger.
  const above = upper < nans ? NaN : upper === lower ? below : smallest(values, Math.max(nans, upper));
  return below * (1 - weight) + above * weight;
}

function moveNansFirst(values: Float64Array): number {
  let nans = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i])) continue;
    values[i] = values[nans] as number;
    values[nans++] = NaN;
  }
  return nans;
}

/** The value that would stand at `rank`, were those from `first` on in order; it is put there, and none behind it is smaller. */
function select(values: Float64Array, first: number, rank: number): number {
  let low = first;
  let high = values.length - 1;
  while (low < high) {
    const pivot = middleOf(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number);
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const value = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = value;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank] as number;
}

function middleOf(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
}

function smallest(values: Float64Array, first: number): number {
  let least = values[first] as number;
  for (let i = first + 1; i < values.length; i++) if ((values[i] as number) < least) least = values[i] as number;
  return least;
}
