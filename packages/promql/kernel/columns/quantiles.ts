// quantile_over_time: a window's values are kept in order from step to step, as whole numbers that are in the order of the values.
import { at, count, emit, first, interceptsAt, interceptsMax, rowsAt, rowsBytes, step, steps, times, values, windowMs } from "./request";

const keysMax: i32 = rowsBytes >> 3;
/** Moving more by one place is the engine's. */
const movedMax: i32 = 32;

let size: i32 = 0;

/** The quantile of each step stands at `interceptsAt`. 0, with steps left out, where a window has more values than there is room for. */
export function quantiles(): i32 {
  const t: i32 = times();
  const v: i32 = values();
  const n: i32 = count();
  let from: i32 = 0;
  let to: i32 = 0;
  size = 0;
  for (let i: i32 = 0; i < steps(); i++) {
    const end: f64 = first() + <f64>i * step();
    for (;;) {
      const isNew: bool = to < n && at(t, to) <= end;
      const isOld: bool = from < to && at(t, from) <= end - windowMs();
      if (isNew && isOld) replace(keyOf(at(v, from++)), keyOf(at(v, to++)));
      else if (isOld) remove(keyOf(at(v, from++)));
      else if (!isNew) break;
      else if (size == keysMax) return 0;
      else insert(keyOf(at(v, to++)));
    }
    if (size > 0) emit(i, quantile(at(interceptsAt, i)));
  }
  return 1;
}

/** The same quantile at all steps; false as `quantiles`, or where there are more than there is room for. */
export function sameQuantiles(q: f64): bool {
  if (steps() > interceptsMax) return false;
  for (let i: i32 = 0; i < steps(); i++) store<f64>(interceptsAt + (i << 3), q);
  return quantiles() != 0;
}

@inline
function keyAt(rank: i32): i64 {
  return load<i64>(rowsAt + (rank << 3));
}

/** NaNs are below all others, and -0 below 0. */
@inline
function keyOf(value: f64): i64 {
  const bits: i64 = reinterpret<i64>(value);
  return value != value ? i64.MIN_VALUE : bits ^ ((bits >> 63) & i64.MAX_VALUE);
}

@inline
function valueAt(rank: i32): f64 {
  const key: i64 = keyAt(rank);
  return reinterpret<f64>(key ^ ((key >> 63) & i64.MAX_VALUE));
}

/** Of the first key that is not below. */
function rankOf(key: i64): i32 {
  let low: i32 = 0;
  for (let left: i32 = size; left > 0; ) {
    const half: i32 = (left + 1) >> 1;
    low = select(low + half, low, keyAt(low + half - 1) < key);
    left -= half;
  }
  return low;
}

function insert(key: i64): void {
  const rank: i32 = rankOf(key);
  moveUp(rank, size - rank);
  store<i64>(rowsAt + (rank << 3), key);
  size++;
}

function remove(key: i64): void {
  const rank: i32 = rankOf(key);
  size--;
  moveDown(rank, size - rank);
}

/** As `remove` and `insert`. */
function replace(old: i64, key: i64): void {
  const oldRank: i32 = rankOf(old);
  let rank: i32 = rankOf(key);
  if (rank > oldRank) moveDown(oldRank, --rank - oldRank);
  else moveUp(rank, oldRank - rank);
  store<i64>(rowsAt + (rank << 3), key);
}

/** Of so many keys from a rank on. */
function moveUp(rank: i32, moved: i32): void {
  const begin: i32 = rowsAt + (rank << 3);
  if (moved > movedMax) {
    memory.copy(begin + 8, begin, moved << 3);
    return;
  }
  let place: i32 = begin + (moved << 3);
  for (; place >= begin + 16; place -= 16) v128.store(place - 8, v128.load(place - 16));
  if (place > begin) store<i64>(place, load<i64>(place - 8));
}

/** Of so many keys behind a rank, which goes. */
function moveDown(rank: i32, moved: i32): void {
  let place: i32 = rowsAt + (rank << 3);
  const end: i32 = place + (moved << 3);
  if (moved > movedMax) {
    memory.copy(place, place + 8, moved << 3);
    return;
  }
  for (; place + 16 <= end; place += 16) v128.store(place, v128.load(place + 8));
  if (place < end) store<i64>(place, load<i64>(place + 8));
}

/** As src/exec/range/kernel/quantile.ts. */
function quantile(q: f64): f64 {
  const rank: f64 = q * <f64>(size - 1);
  const lower: f64 = Math.floor(rank);
  const weight: f64 = rank - lower;
  return valueAt(<i32>lower) * (1 - weight) + valueAt(min(size - 1, <i32>lower + 1)) * weight;
}
