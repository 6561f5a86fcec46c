// Compresses one fragment of a snappy block (docs/formats/wal.md): literals, and copies of what stands up to 64 KiB before.
// AssemblyScript, compiled to WebAssembly. The caller puts the bytes at `inputAt`, calls `compressFragment`, and takes the
// elements from `outputAt`. WAL records are short and come one by one: a table of 8 KiB is cleared and filled at little cost.

export const inputBytesMax: i32 = 65536;
// The compiler puts constants below.
export const inputAt: i32 = 10240;
export const outputAt: i32 = 75808;

const tableAt: i32 = 2048;
const tableBits: i32 = 12;
/** So near the end no match is looked for: loads of 8 bytes stay inside. */
const marginBytes: i32 = 15;

/** Returns how many bytes of elements there are: at most length + length / 6 + 32. */
export function compressFragment(length: i32): i32 {
  memory.fill(tableAt, 0, 2 << tableBits);
  const end: i32 = inputAt + length;
  const last: i32 = end - marginBytes;
  let out: i32 = outputAt;
  let literal: i32 = inputAt;
  // Zero in the table is the first byte: no match of itself is looked for.
  let at: i32 = inputAt + 1;
  // Where nothing matches, steps grow, as in the reference implementation.
  let step: i32 = 32;
  while (at < last) {
    const word: u32 = load<u32>(at);
    const entry: i32 = tableAt + (<i32>((word * 0x1e35a7bd) >> (32 - tableBits)) << 1);
    const candidate: i32 = inputAt + <i32>load<u16>(entry);
    store<u16>(entry, at - inputAt);
    if (load<u32>(candidate) != word) {
      at += step >> 5;
      step++;
      continue;
    }
    const matched: i32 = 4 + sameBytes(candidate + 4, at + 4, end);
    if (at > literal) out = writeLiteral(out, literal, at - literal);
    out = writeCopy(out, at - candidate, matched);
    at += matched;
    literal = at;
    step = 32;
    if (at < last) store<u16>(tableAt + (<i32>((load<u32>(at - 1) * 0x1e35a7bd) >> (32 - tableBits)) << 1), at - 1 - inputAt);
  }
  if (literal < end) out = writeLiteral(out, literal, end - literal);
  return out - outputAt;
}

function sameBytes(a: i32, b: i32, end: i32): i32 {
  let count: i32 = 0;
  for (; b + count + 8 <= end; count += 8) {
    const difference: u64 = load<u64>(a + count) ^ load<u64>(b + count);
    if (difference != 0) return count + (<i32>ctz(difference) >> 3);
  }
  while (b + count < end && load<u8>(a + count) == load<u8>(b + count)) count++;
  return count;
}

function writeLiteral(out: i32, from: i32, length: i32): i32 {
  const n: i32 = length - 1;
  let to: i32 = out;
  if (n < 60) store<u8>(to++, n << 2);
  else if (n < 256) {
    store<u8>(to, 60 << 2);
    store<u8>(to, n, 1);
    to += 2;
  } else {
    store<u8>(to, 61 << 2);
    store<u16>(to, n, 1);
    to += 3;
  }
  // Most are short; what 16 bytes write too much is written over.
  if (length <= 16) v128.store(to, v128.load(from));
  else memory.copy(to, from, length);
  return to + length;
}

function writeCopy(out: i32, offset: i32, length: i32): i32 {
  let to: i32 = out;
  let rest: i32 = length;
  // The last element takes at least 4.
  while (rest >= 68) {
    to = writeLongCopy(to, offset, 64);
    rest -= 64;
  }
  if (rest > 64) {
    to = writeLongCopy(to, offset, 60);
    rest -= 60;
  }
  if (rest >= 12 || offset >= 2048) return writeLongCopy(to, offset, rest);
  store<u8>(to, ((offset >> 8) << 5) | ((rest - 4) << 2) | 1);
  store<u8>(to, offset, 1);
  return to + 2;
}

function writeLongCopy(to: i32, offset: i32, length: i32): i32 {
  store<u8>(to, ((length - 1) << 2) | 2);
  store<u16>(to, offset, 1);
  return to + 3;
}
