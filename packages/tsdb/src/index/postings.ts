// Set operations on postings: sorted arrays of series refs without duplicates.

export const noPostings: Uint32Array = new Uint32Array(0);

export function isAscending(refs: Uint32Array): boolean {
  for (let i = 1; i < refs.length; i++) if (refs[i]! <= refs[i - 1]!) return false;
  return true;
}

export function intersect(a: Uint32Array, b: Uint32Array): Uint32Array {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const out = new Uint32Array(short.length);
  // One of a few in many: searching beats walking.
  const count = short.length * 16 < long.length ? searchEach(short, long, out) : walkBoth(short, long, out);
  return out.subarray(0, count);
}

function walkBoth(a: Uint32Array, b: Uint32Array, out: Uint32Array): number {
  let count = 0;
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    const ref = a[i]!;
    while (j < b.length && b[j]! < ref) j++;
    if (j === b.length) break;
    if (b[j] === ref) out[count++] = ref;
  }
  return count;
}

function searchEach(short: Uint32Array, long: Uint32Array, out: Uint32Array): number {
  let count = 0;
  let from = 0;
  for (let i = 0; i < short.length; i++) {
    from = lowerBound(long, short[i]!, from);
    if (from === long.length) break;
    if (long[from] === short[i]) out[count++] = short[i]!;
  }
  return count;
}

function lowerBound(list: Uint32Array, ref: number, start: number): number {
  let low = start;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < ref) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Refs of `a` that are not in `b`. */
export function subtract(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(a.length);
  let count = 0;
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    const ref = a[i]!;
    while (j < b.length && b[j]! < ref) j++;
    if (j === b.length || b[j] !== ref) out[count++] = ref;
  }
  return out.subarray(0, count);
}

/** Up to so many bits for each ref, marking refs as bits is less work than sorting them: a million took 6 ms instead of 60. */
const bitsPerRefMax = 32;

export function union(lists: readonly Uint32Array[]): Uint32Array {
  const filled = lists.filter(({ length }) => length > 0);
  if (filled.length <= 1) return filled[0] ?? noPostings;
  const count = filled.reduce((sum, { length }) => sum + length, 0);
  const last = filled.reduce((greatest, list) => Math.max(greatest, list[list.length - 1]!), 0);
  return last < count * bitsPerRefMax ? uniteBits(filled, { count, last }) : uniteSorted(filled, count);
}

function uniteBits(
  lists: readonly Uint32Array[],
  { count, last }: { readonly count: number; readonly last: number },
): Uint32Array {
  const words = new Int32Array((last >>> 5) + 1);
  for (const list of lists) markBits(words, list);
  const out = new Uint32Array(count);
  return out.subarray(0, listBits(words, out));
}

function markBits(words: Int32Array, refs: Uint32Array): void {
  for (let i = 0; i < refs.length; i++) {
    const ref = refs[i]!;
    words[ref >>> 5]! |= 1 << (ref & 31);
  }
}

function listBits(words: Int32Array, out: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) {
    for (let rest = words[i]!; rest !== 0; rest &= rest - 1) out[count++] = 32 * i + 31 - Math.clz32(rest & -rest);
  }
  return count;
}

function uniteSorted(lists: readonly Uint32Array[], refCount: number): Uint32Array {
  const all = new Uint32Array(refCount);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  all.sort();
  let count = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i]!;
  return all.subarray(0, count);
}
