// Scans a file of chunks_head (docs/formats/chunks-head.md): which chunks stand in the bytes at `windowAt`, checked. AssemblyScript,
// compiled to WebAssembly; its oracle is src/head/chunk-files.ts, which also does what ends a scan early.
import { crc32c, readEnd, readUvarint } from "./block/numbers";

// The compiler puts constants below, and block/numbers.ts its tables.
export const foundMax: i32 = 4096;
/** Of each chunk its ref, min and max time<f64 each>. */
export const timesAt: usize = 24576;
/** Of each chunk its position in the window and the length of its data<u32>, and its encoding with its flag<u8>. */
export const positionsAt: usize = 122880;
export const lengthsAt: usize = 139264;
export const encodingsAt: usize = 155648;
/** What `narrow` makes of each: its oldest time from a base on, how long it lasts<u32>, and whether both fit<u8>. */
export const minOffsetsAt: usize = 159744;
export const durationsAt: usize = 176128;
export const areNarrowAt: usize = 192512;
/** Behind it there is room for a number that reaches too far. */
export const windowAt: usize = 262144;
export const windowBytesMax: i32 = 1048576;

const headerBytes: i32 = 25;
const checksumBytes: i32 = 4;
const outOfOrderFlag: i32 = 0x80;

/** Where the last whole chunk ends that was found. */
let end: i32 = 0;

export function scannedEnd(): i32 {
  return end;
}

/** Looks for chunks from the window's beginning on; returns how many there are up to one that is not whole, or not as it should be. */
export function scan(length: i32): i32 {
  let count: i32 = 0;
  let at: i32 = 0;
  end = 0;
  while (count < foundMax && at + headerBytes + 1 + checksumBytes <= length) {
    const chunk: usize = windowAt + at;
    const dataLength: i64 = readUvarint(chunk + headerBytes);
    const checked: i64 = <i64>(readEnd - chunk) + dataLength;
    if (dataLength <= 0 || at + checked + checksumBytes > length) break;
    if (bswap<u32>(load<u32>(chunk + <usize>checked)) != crc32c(chunk, <i32>checked)) break;
    const encoding: i32 = load<u8>(chunk, 24);
    if ((encoding & ~outOfOrderFlag) < 1 || (encoding & ~outOfOrderFlag) > 6) break;
    const times: usize = timesAt + <usize>count * 24;
    store<f64>(times, <f64>bswap<u64>(load<u64>(chunk)));
    store<f64>(times, <f64>bswap<i64>(load<i64>(chunk, 8)), 8);
    store<f64>(times, <f64>bswap<i64>(load<i64>(chunk, 16)), 16);
    store<u32>(positionsAt + (count << 2), at);
    store<u32>(lengthsAt + (count << 2), <u32>dataLength);
    store<u8>(encodingsAt + count, encoding);
    count++;
    at += <i32>checked + checksumBytes;
    end = at;
  }
  return count;
}

/**
 * Finds which of the chunks that `scan` found are narrow: in order, not all older than `minTime`, with times, length and position that fit the columns of
 * src/head/closed-chunks.ts, which is the oracle. Returns how many there are.
 */
export function narrow(count: i32, base: f64, minTime: f64): i32 {
  let found: i32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const times: usize = timesAt + i * 24;
    const oldest: f64 = load<f64>(times, 8);
    const newest: f64 = load<f64>(times, 16);
    const minOffset: f64 = oldest - base;
    const duration: f64 = newest - oldest;
    const isNarrow: bool =
      newest >= minTime &&
      <i32>load<u8>(encodingsAt + i) < outOfOrderFlag &&
      load<u32>(lengthsAt + (i << 2)) <= 0xffff &&
      minOffset >= 0 &&
      minOffset <= 4294967295.0 &&
      duration >= 0 &&
      duration <= 4294967295.0 &&
      base + minOffset == oldest &&
      oldest + duration == newest;
    store<u8>(areNarrowAt + i, isNarrow);
    if (!isNarrow) continue;
    store<u32>(minOffsetsAt + (i << 2), <u32>minOffset);
    store<u32>(durationsAt + (i << 2), <u32>duration);
    found++;
  }
  return found;
}
