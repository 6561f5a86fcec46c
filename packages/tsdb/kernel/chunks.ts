// Scans a file of chunks_head (docs/formats/chunks-head.md): which chunks stand in the bytes at `windowAt`, checked. AssemblyScript,
// compiled to WebAssembly; its oracle is src/head/chunk-files.ts, which also does what ends a scan early.
import { crc32c, readEnd, readUvarint } from "./block/numbers";

// The compiler puts constants below, and block/numbers.ts its tables.
export const foundMax: i32 = 4096;
/** Of each chunk its ref, min and max time<f64 each>. */
export const timesAt: usize = 24576;
/** Of each chunk its position in the window, the length of its data, and its encoding with its flag<u32 each>. */
export const placesAt: usize = 122880;
export const windowAt: usize = 196608;
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
    const place: usize = placesAt + <usize>count * 12;
    store<u32>(place, at);
    store<u32>(place, <u32>dataLength, 4);
    store<u32>(place, encoding, 8);
    count++;
    at += <i32>checked + checksumBytes;
    end = at;
  }
  return count;
}
