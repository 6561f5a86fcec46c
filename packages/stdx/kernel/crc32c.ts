// CRC-32C of bytes at `dataAt`. AssemblyScript, compiled to WebAssembly; its oracle is the plain code in src/crc32c.ts.
// Slicing by sixteen: a table for each of sixteen bytes, so that a turn's loads do not wait for each other.

// The compiler puts constants below.
const tablesAt: usize = 1024;
export const dataAt: i32 = 20480;
export const dataBytesMax: i32 = 65536;

const polynomial: u32 = 0x82f63b78;
const tableCount: u32 = 16;

/** Checksum of the first `length` bytes; `before` is that of what stood ahead of them, 0 for nothing. */
export function crc32c(length: i32, before: u32): u32 {
  if (load<u32>(tablesAt, 4) == 0) fillTables();
  let crc: u32 = ~before;
  let at: usize = dataAt;
  const end: usize = at + length;
  for (; at + 16 <= end; at += 16) {
    const low: u64 = load<u64>(at) ^ crc;
    const high: u64 = load<u64>(at, 8);
    crc = fourEntries(15, <u32>low) ^ fourEntries(11, <u32>(low >> 32));
    crc ^= fourEntries(7, <u32>high) ^ fourEntries(3, <u32>(high >> 32));
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ entry(0, crc ^ load<u8>(at));
  return ~crc;
}

/** Of four bytes, of which the first has table `table`. */
function fourEntries(table: usize, word: u32): u32 {
  return entry(table, word) ^ entry(table - 1, word >>> 8) ^ entry(table - 2, word >>> 16) ^ entry(table - 3, word >>> 24);
}

function entry(table: usize, byte: u32): u32 {
  return load<u32>(tablesAt + (table << 10) + ((<usize>byte & 0xff) << 2));
}

function fillTables(): void {
  for (let n: u32 = 0; n < 256; n++) {
    let crc: u32 = n;
    for (let bit: i32 = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    store<u32>(tablesAt + (n << 2), crc);
  }
  for (let table: u32 = 1; table < tableCount; table++) {
    for (let n: u32 = 0; n < 256; n++) {
      const crc: u32 = entry(table - 1, n);
      store<u32>(tablesAt + (table << 10) + (n << 2), (crc >>> 8) ^ entry(0, crc));
    }
  }
}
