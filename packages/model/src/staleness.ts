// The stale marker is one NaN bit pattern, 0x7ff0000000000002: a signalling NaN, which an engine may turn quiet
// (0x7ff8000000000002) when the number passes through a register. So it is written as two words and never as a
// number, and it is known by its low word with either high word.
const staleHigh = 0x7ff00000;
const staleQuietHigh = 0x7ff80000;
const staleLow = 2;

/** Bits of `values` as words: low at 2i, high at 2i + 1 (little-endian, as every platform Node runs on). */
export function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

export function isStaleAt(words: Uint32Array, i: number): boolean {
  return words[2 * i] === staleLow && isStaleBits(words[2 * i + 1] as number, staleLow);
}

/** As `isStaleAt`, of the two words. */
export function isStaleBits(high: number, low: number): boolean {
  return low === staleLow && (high === staleHigh || high === staleQuietHigh);
}

export function setStaleAt(words: Uint32Array, i: number): void {
  words[2 * i] = staleLow;
  words[2 * i + 1] = staleHigh;
}

const scratch = new Float64Array(1);
const scratchWords = wordsOf(scratch);

/** For single values off the hot path; columns use `isStaleAt`. */
export function isStale(value: number): boolean {
  if (!Number.isNaN(value)) return false;
  scratch[0] = value;
  return isStaleAt(scratchWords, 0);
}

/** A number that `isStale` knows, for places that hold one value, such as a histogram's sum. */
export function staleNumber(): number {
  setStaleAt(scratchWords, 0);
  return scratch[0] as number;
}
