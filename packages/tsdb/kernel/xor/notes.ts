// What may be of the samples of a run, in the upper half of a result, as in model's `rowNotes`: a value is NaN, or is below the
// one before it; times are not all the same apart.
// Goes to: ../xor.

const hasNaN: i32 = 0x10000;
const hasFall: i32 = 0x20000;
const hasJitter: i32 = 0x40000;

/** Of so many rows, whose times and values stand from these addresses on. */
export function notesOfRows(times: i32, values: i32, rows: i32): i32 {
  if (rows == 0) return 0;
  const first: f64 = load<f64>(values);
  let noted: i32 = first != first ? hasNaN : 0;
  if (rows < 2) return noted;
  const interval: v128 = f64x2.splat(load<f64>(times, 8) - load<f64>(times));
  let nans: v128 = i64x2.splat(0);
  let falls: v128 = i64x2.splat(0);
  let jitter: v128 = i64x2.splat(0);
  // Two rows at a time; the last two may be looked at again.
  const last: i32 = max(1, rows - 2) << 3;
  for (let at: i32 = 8; ; at = min(at + 16, last)) {
    const value: v128 = v128.load(values + at);
    const time: v128 = v128.load(times + at);
    nans = v128.or(nans, f64x2.ne(value, value));
    falls = v128.or(falls, f64x2.lt(value, v128.load(values - 8 + at)));
    jitter = v128.or(jitter, f64x2.ne(f64x2.sub(time, v128.load(times + at - 8)), interval));
    if (at >= last) break;
  }
  if (v128.any_true(nans)) noted |= hasNaN;
  if (v128.any_true(falls)) noted |= hasFall;
  if (v128.any_true(jitter)) noted |= hasJitter;
  return noted;
}
