// Makes the bytes of the write-ahead log (docs/formats/wal.md): encodes a record of samples, compresses it, and puts it into pages.
// AssemblyScript, compiled to WebAssembly; its oracles are src/wal/records.ts, hysnappy and src/wal/writer.ts.
// Rows go in at `refsAt`, `timesAt`, `valuesAt`; then `pack` and `frame`. Any other bytes go in at `inputAt`, and `compressFragment`
// leaves the elements of a snappy block at `outputAt`: literals, and copies of what stands up to 64 KiB before. WAL records
// are short and come one by one: a table of 8 KiB is cleared and filled at little cost. `uncompressElements` goes the other way.
import { uncompress } from "./wal/uncompress";

export const rowsMax: i32 = 1024;
export const inputBytesMax: i32 = 65536;
// The compiler puts constants below.
export const inputAt: i32 = 10240;
/** Where the rows of a record go. */
export const encodedAt: i32 = 10257;
export const outputAt: i32 = 75808;
/** Behind the most that `inputBytesMax` can become. */
const crcTablesAt: i32 = 155648;
export const refsAt: i32 = 163840;
export const timesAt: i32 = 172032;
export const valuesAt: i32 = 180224;
export const framesAt: i32 = 188416;

const samplesType: u8 = 2;
const recordHeaderBytes: i32 = 17;
const pageBytes: i32 = 32768;
const headerBytes: i32 = 7;
const fullFragment: i32 = 1;
const firstFragment: i32 = 2;
const middleFragment: i32 = 3;
const lastFragment: i32 = 4;
const snappyFlag: i32 = 8;

let packedAt: i32 = 0;
let packedLength: i32 = 0;
let packedFlag: i32 = 0;

/** Makes a record of rows [0, count), compressed where that makes it shorter; returns its length. */
export function pack(count: i32): i32 {
  const length: i32 = encodeRecord(count);
  // The block begins with the plain length, 1 to 3 bytes.
  const prefix: i32 = length < 0x80 ? 1 : length < 0x4000 ? 2 : 3;
  const compressed: i32 = prefix + compressFragment(length);
  const isShorter: bool = compressed < length;
  packedAt = isShorter ? outputAt - prefix : inputAt;
  packedLength = isShorter ? compressed : length;
  packedFlag = isShorter ? snappyFlag : 0;
  if (isShorter) {
    store<u8>(packedAt, length < 0x80 ? length : length | 0x80);
    if (prefix > 1) store<u8>(packedAt, prefix > 2 ? (length >> 7) | 0x80 : length >> 7, 1);
    if (prefix > 2) store<u8>(packedAt, length >> 14, 2);
  }
  return packedLength;
}

function encodeRecord(count: i32): i32 {
  const baseRef: f64 = load<f64>(refsAt);
  const baseTime: f64 = load<f64>(timesAt);
  store<u8>(inputAt, samplesType);
  store<u64>(inputAt, bswap<u64>(<u64>baseRef), 1);
  store<i64>(inputAt, bswap<i64>(<i64>baseTime), 9);
  return recordHeaderBytes + encodeRows(count, baseRef, baseTime);
}

/** Encodes rows [0, count), without what stands before them in a record, to `encodedAt`; returns how many bytes they are. */
export function encodeRows(count: i32, baseRef: f64, baseTime: f64): i32 {
  let at: i32 = encodedAt;
  for (let i: i32 = 0; i < count; i++) {
    at = writeVarint(at, load<f64>(refsAt + (i << 3)) - baseRef);
    at = writeVarint(at, load<f64>(timesAt + (i << 3)) - baseTime);
    store<u64>(at, bswap<u64>(load<u64>(valuesAt + (i << 3))));
    at += 8;
  }
  return at - encodedAt;
}

function writeVarint(start: i32, value: f64): i32 {
  let at: i32 = start;
  const number: i64 = <i64>value;
  let rest: u64 = (number << 1) ^ (number >> 63);
  for (; rest > 0x7f; rest >>= 7) store<u8>(at++, rest | 0x80);
  store<u8>(at++, rest);
  return at;
}

/** Puts what `pack` made into fragments at `framesAt`, behind `pageUsed` bytes of a page; returns how many bytes they are. */
export function frame(pageUsed: i32): i32 {
  let at: i32 = framesAt;
  let room: i32 = pageBytes - pageUsed;
  let done: i32 = 0;
  do {
    if (room <= headerBytes) {
      memory.fill(at, 0, room);
      at += room;
      room = pageBytes;
    }
    const taken: i32 = min(room - headerBytes, packedLength - done);
    const isLast: bool = done + taken == packedLength;
    const type: i32 = done == 0 ? (isLast ? fullFragment : firstFragment) : isLast ? lastFragment : middleFragment;
    store<u8>(at, type | packedFlag);
    store<u16>(at, bswap<u16>(<u16>taken), 1);
    store<u32>(at, bswap<u32>(crc32c(packedAt + done, taken)), 3);
    memory.copy(at + headerBytes, packedAt + done, taken);
    at += headerBytes + taken;
    room -= headerBytes + taken;
    done += taken;
  } while (done < packedLength);
  return at - framesAt;
}

/** Slicing by eight, as packages/stdx/src/crc32c.ts. */
function crc32c(start: i32, length: i32): u32 {
  if (load<u32>(crcTablesAt, 4) == 0) fillCrcTables();
  let crc: u32 = 0xffffffff;
  let at: i32 = start;
  const end: i32 = start + length;
  for (; at + 8 <= end; at += 8) {
    const word: u64 = load<u64>(at) ^ crc;
    crc =
      crcEntry(7, word) ^
      crcEntry(6, word >> 8) ^
      crcEntry(5, word >> 16) ^
      crcEntry(4, word >> 24) ^
      crcEntry(3, word >> 32) ^
      crcEntry(2, word >> 40) ^
      crcEntry(1, word >> 48) ^
      crcEntry(0, word >> 56);
  }
  for (; at < end; at++) crc = (crc >> 8) ^ crcEntry(0, crc ^ load<u8>(at));
  return ~crc;
}

function crcEntry(table: i32, byte: u64): u32 {
  return load<u32>(crcTablesAt + (table << 10) + (<i32>(byte & 0xff) << 2));
}

function fillCrcTables(): void {
  for (let n: i32 = 0; n < 256; n++) {
    let crc: u32 = n;
    for (let bit: i32 = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
    store<u32>(crcTablesAt + (n << 2), crc);
  }
  for (let n: i32 = 256; n < 8 * 256; n++) {
    const previous: u32 = load<u32>(crcTablesAt + ((n - 256) << 2));
    store<u32>(crcTablesAt + (n << 2), (previous >> 8) ^ load<u32>(crcTablesAt + ((previous & 0xff) << 2)));
  }
}

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

/**
 * The other way: what the elements at [inputAt + from, inputAt + length) say goes to `outputAt`. False where they are no elements, or do not say
 * `plainLength` bytes, which are `inputBytesMax` at most.
 */
export function uncompressElements(from: i32, length: i32, plainLength: i32): bool {
  return uncompress(inputAt + from, inputAt + length, outputAt, outputAt + plainLength);
}
