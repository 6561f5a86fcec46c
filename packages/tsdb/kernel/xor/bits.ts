// The bits of a sample in an XOR chunk whose words' bytes were turned round: how they are cut, and what they say.
// Goes to: ../xor. Which of its forms a value has is not asked but worked out by masks.

/** The 64 bits at bit `at` of the memory. */
@inline
export function peek(at: i32): u64 {
  const word: i32 = (at >> 6) << 3;
  const shift: u64 = at & 63;
  return (load<u64>(word) << shift) | ((load<u64>(word, 8) >> 1) >> (shift ^ 63));
}

// `bits` of a value: 0 for no change, else 1; then 0 for the window of the change before, or 1 and a new one.

/** All bits, where the value changes. */
@inline
export function maskOf(bits: u64): i32 {
  return <i32>(<i64>bits >> 63);
}

/** All bits, where a window follows. */
@inline
export function newMaskOf(bits: u64): i32 {
  return <i32>(<i64>(bits & (bits << 1)) >> 63);
}

/** The window a change is in: 5 bits, how many leading zeros; 6 bits, how many bits behind them, 0 for 64. */
@inline
export function windowOf(bits: u64, before: i32): i32 {
  return before ^ ((before ^ ((<i32>(bits >> 51)) & 0x7ff)) & newMaskOf(bits));
}

@inline
export function sizeOf(window: i32): i32 {
  return ((window - 1) & 63) + 1;
}

/** Below zero when there are more than 64 bits. */
@inline
export function trailingOf(window: i32): i32 {
  return 64 - sizeOf(window) - (window >> 6);
}

/** Of what is in front of the change itself. */
@inline
export function headLength(bits: u64): i32 {
  return 1 - maskOf(bits) + (newMaskOf(bits) & 11);
}

@inline
export function changeOfValue(at: i32, bits: u64, window: i32): u64 {
  const head: i32 = headLength(bits);
  const size: i32 = sizeOf(window);
  // The 63 bits that are here at least are enough for most.
  const part: u64 = head + size < 64 ? bits << head : peek(at + head);
  return ((part >> (64 - size)) << trailingOf(window)) & (<i64>bits >> 63);
}

/** What the bits in front of a value say: 10, 110, 1110 or 1111, then a change of 14, 17, 20 or 64 bits. */
export function changeOfDelta(at: i32, bits: u64): f64 {
  if ((bits & 0x4000000000000000) == 0) return signed((bits >> 48) & 0x3fff, 14);
  if ((bits & 0x2000000000000000) == 0) return signed((bits >> 44) & 0x1ffff, 17);
  if ((bits & 0x1000000000000000) == 0) return signed((bits >> 40) & 0xfffff, 20);
  return <f64>(<i64>peek(at + 4));
}

export function changeLength(bits: u64): i32 {
  if ((bits & 0x4000000000000000) == 0) return 16;
  if ((bits & 0x2000000000000000) == 0) return 20;
  return (bits & 0x1000000000000000) == 0 ? 24 : 68;
}

// Prometheus counts the middle value as positive: 2^(count-1) stays, one more is negative.
function signed(value: u64, count: i32): f64 {
  const bits: i32 = <i32>value;
  return <f64>(bits > 1 << (count - 1) ? bits - (1 << count) : bits);
}
