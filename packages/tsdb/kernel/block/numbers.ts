// Numbers of variable length, and checksums, for kernel/block.ts. AssemblyScript; the oracles are packages/stdx/src/bytes.ts and crc32c.ts.

const crcTablesAt: usize = 4096;
export const polynomial: u32 = 0x82f63b78;

export function writeUvarint(start: usize, value: u64): usize {
  let at: usize = start;
  let rest: u64 = value;
  for (; rest > 0x7f; rest >>= 7) store<u8>(at++, rest | 0x80);
  store<u8>(at++, rest);
  return at;
}

export function writeVarint(start: usize, value: i64): usize {
  return writeUvarint(start, (value << 1) ^ (value >> 63));
}

/** Behind what was read last, and whether all that was read since somebody set it were numbers. */
export let readEnd: usize = 0;
export let areNumbers: bool = true;

export function expectNumbers(): void {
  areNumbers = true;
}

/** Negative where it is none. */
export function readUvarint(start: usize): i64 {
  let at: usize = start;
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 63; shift += 7) {
    const byte: u64 = load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      readEnd = at;
      return value;
    }
  }
  readEnd = at;
  areNumbers = false;
  return -1;
}

export function readVarint(start: usize): i64 {
  const value: u64 = readUvarint(start);
  return (value >> 1) ^ -(value & 1);
}

/** Slicing by sixteen, as packages/stdx/kernel/crc32c.ts. */
export function crc32c(start: usize, length: i32): u32 {
  if (load<u32>(crcTablesAt, 4) == 0) fillTables();
  let crc: u32 = 0xffffffff;
  let at: usize = start;
  const end: usize = start + length;
  for (; at + 16 <= end; at += 16) {
    const low: u64 = load<u64>(at) ^ crc;
    const high: u64 = load<u64>(at, 8);
    crc = fourEntries(15, <u32>low) ^ fourEntries(11, <u32>(low >> 32));
    crc ^= fourEntries(7, <u32>high) ^ fourEntries(3, <u32>(high >> 32));
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tableEntry(0, crc ^ load<u8>(at));
  return ~crc;
}

/** Of four bytes, of which the first has table `table`. */
function fourEntries(table: usize, word: u32): u32 {
  return (
    tableEntry(table, word) ^
    tableEntry(table - 1, word >>> 8) ^
    tableEntry(table - 2, word >>> 16) ^
    tableEntry(table - 3, word >>> 24)
  );
}

/** REQUIRES: `crc32c` was called before. */
export function tableEntry(table: usize, byte: u32): u32 {
  return load<u32>(crcTablesAt + (table << 10) + ((<usize>byte & 0xff) << 2));
}

function fillTables(): void {
  for (let n: u32 = 0; n < 256; n++) {
    let crc: u32 = n;
    for (let bit: i32 = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    store<u32>(crcTablesAt + (n << 2), crc);
  }
  for (let table: u32 = 1; table < 16; table++) {
    for (let n: u32 = 0; n < 256; n++) {
      const crc: u32 = tableEntry(table - 1, n);
      store<u32>(crcTablesAt + (table << 10) + (n << 2), (crc >>> 8) ^ tableEntry(0, crc));
    }
  }
}
