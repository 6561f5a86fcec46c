// Uncompresses snappy's elements: literals, and copies of what stands before. AssemblyScript; its oracle is hysnappy.

/**
 * What the elements at [start, end) say goes to [out, outEnd). False where they are no elements, or do not say as much. REQUIRES: 16 bytes behind
 * both, which are read, or written, and hold nothing.
 */
export function uncompress(start: usize, end: usize, out: usize, outEnd: usize): bool {
  let at: usize = start;
  let to: usize = out;
  while (at < end) {
    const tag: usize = load<u8>(at);
    const kind: usize = tag & 3;
    if (kind == 0) {
      let count: usize = (tag >> 2) + 1;
      at++;
      if (count > 60) {
        const lengthBytes: usize = count - 60;
        const word: u32 = load<u32>(at);
        const wide: u32 = lengthBytes == 4 ? word : word & ((1 << (<u32>lengthBytes << 3)) - 1);
        if (wide >= <u32>(outEnd - to)) return false;
        count = <usize>wide + 1;
        at += lengthBytes;
      }
      if (at + count > end || to + count > outEnd) return false;
      if (count <= 16) v128.store(to, v128.load(at));
      else memory.copy(to, at, count);
      at += count;
      to += count;
      continue;
    }
    let count: usize = (tag >> 2) + 1;
    let offset: usize = 0;
    if (kind == 1) {
      count = ((tag >> 2) & 7) + 4;
      offset = ((tag >> 5) << 8) | load<u8>(at, 1);
      at += 2;
    } else if (kind == 2) {
      offset = load<u16>(at, 1);
      at += 3;
    } else {
      offset = load<u32>(at, 1);
      at += 5;
    }
    if (offset - 1 >= to - out || at > end || to + count > outEnd) return false;
    repeat(to, offset, count);
    to += count;
  }
  return at == end && to == outEnd;
}

/** Copies of what stands `offset` before, at most 64 bytes; what is written too much is written over. */
function repeat(start: usize, offset: usize, count: usize): void {
  if (offset >= 16) {
    v128.store(start, v128.load(start - offset));
    for (let i: usize = 16; i < count; i += 16) v128.store(start + i, v128.load(start + i - offset));
    return;
  }
  const end: usize = start + count;
  const from: usize = start - offset;
  let to: usize = start;
  // As much as stands there already is whole; so the next copy may take twice as much.
  while (to - from < 8 && to < end) {
    store<u64>(to, load<u64>(from));
    to += to - from;
  }
  const distance: usize = to - from;
  for (; to < end; to += 8) store<u64>(to, load<u64>(to - distance));
}
