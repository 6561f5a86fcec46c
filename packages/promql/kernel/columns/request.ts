// What stands where in the memory, and what a call is about: addresses and lengths, then doubles.

export const requestAt: i32 = 1024;
/** For `many`, a number for each series. */
export const endsAt: i32 = 1152;
export const notesAt: i32 = 1408;
export const foundAt: i32 = 1472;
export const seriesMax: i32 = 64;
export const timesAt: i32 = 2048;
export const rowsMax: i32 = 65536;
export const valuesAt: i32 = 526336;
export const otherTimesAt: i32 = 1050624;
export const otherValuesAt: i32 = 1574912;
/** Room for a number for each sample. */
export const rowsAt: i32 = 2099200;
export const rowsBytes: i32 = 262144;
/** For `lines`: four integers, and a number for each step, which `quantiles` takes, too; x stands where rows' numbers do. */
export const rangeAt: i32 = 1088;
export const xAt: i32 = 2099200;
export const xMax: i32 = 32760;
export const interceptsAt: i32 = 2361344;
export const interceptsMax: i32 = 16384;
/** The caller's own. */
export const spareAt: i32 = 2492416;

export const isFloat: i32 = 1;

@inline
export function times(): i32 {
  return load<i32>(requestAt);
}

@inline
export function values(): i32 {
  return load<i32>(requestAt, 4);
}

@inline
export function count(): i32 {
  return load<i32>(requestAt, 8);
}

/** Addresses of what stands at each step, and whether there is anything. */
@inline
export function out(): i32 {
  return load<i32>(requestAt, 12);
}

@inline
export function present(): i32 {
  return load<i32>(requestAt, 16);
}

@inline
export function steps(): i32 {
  return load<i32>(requestAt, 20);
}

@inline
export function mayFall(): bool {
  return load<i32>(requestAt, 24) != 0;
}

@inline
export function isRegular(): bool {
  return load<i32>(requestAt, 28) != 0;
}

/** Windows end at first + i × step and are `windowMs` long. */
@inline
export function first(): f64 {
  return load<f64>(requestAt, 32);
}

@inline
export function step(): f64 {
  return load<f64>(requestAt, 40);
}

@inline
export function windowMs(): f64 {
  return load<f64>(requestAt, 48);
}

@inline
export function at(column: i32, row: i32): f64 {
  return load<f64>(column + (row << 3));
}

@inline
export function emit(i: i32, value: f64): void {
  store<f64>(out() + (i << 3), value);
  store<u8>(present() + i, isFloat);
}
