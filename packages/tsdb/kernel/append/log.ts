// Reads a file of the log (docs/formats/wal.md) at a start, a window at a time: joins fragments to records, checks and uncompresses them,
// and decodes those of samples, for kernel/append.ts. AssemblyScript; its oracles are src/wal/reader.ts and src/head/replay.ts, which do
// whatever is not plain: `readLog` stops before a record that is damaged, or not whole in the window.
import { crc32c } from "../block/numbers";
import { uncompress } from "../wal/uncompress";
import { beginRecord, decode } from "./decode";
import { kept, takeKept } from "./kept";
import { recordAt, recordBytesMax, windowAt } from "./layout";

const pageBytes: usize = 32768;
const headerBytes: usize = 7;
const typeMask: u32 = 7;
const padFragment: u32 = 0;
const fullFragment: u32 = 1;
const firstFragment: u32 = 2;
const lastFragment: u32 = 4;
const snappyFlag: u32 = 8;
const zstdFlag: u32 = 16;
const samplesType: u32 = 2;
const recordHeaderBytes: i32 = 17;

// What `readLog` says: where it stopped plain code goes on; rows are kept of a part of a record, or to its end; a record is no plain one of
// samples, and stands at `recordAt`.
export const stopped: i32 = 0;
export const rowsPart: i32 = 1;
export const rowsEnd: i32 = 2;
export const otherRecord: i32 = 3;

let windowEnd: usize = 0;
/** What of a page stands before the window. */
let pageUsed: usize = 0;
/** Where the record in work begins, or the next. */
let at: usize = 0;
/** Behind the record in work. */
let recordEnd: usize = 0;
let length: i32 = 0;
/** The row where decoding goes on in the record in work; 0 outside of one. */
let rowFrom: i32 = 0;
/** Whether rows of the record in work were given out. */
let isParted: bool = false;

/** Begins a window of so many bytes, behind `used` bytes of a page. */
export function openWindow(bytes: i32, used: i32): void {
  windowEnd = windowAt + bytes;
  pageUsed = used;
  at = windowAt;
  rowFrom = 0;
}

/** Where in the window the record in work begins, or the next. */
export function recordPosition(): i32 {
  return <i32>(at - windowAt);
}

export function recordLength(): i32 {
  return length;
}

/** Goes on behind a record that was given out. */
export function skipRecord(): void {
  at = recordEnd;
}

/** Goes on until there is something to do for the caller, who takes the kept rows. `takesSamples`: or all records are given out. */
export function readLog(minTime: f64, takesSamples: bool): i32 {
  while (true) {
    if (rowFrom == 0) {
      if (!takeRecord()) return stopped;
      if (!takesSamples || load<u8>(recordAt) != samplesType) return otherRecord;
      // A record without samples is its type alone.
      if (length > 1 && length < recordHeaderBytes) return stopped;
      beginRecord();
      rowFrom = recordHeaderBytes;
      isParted = false;
    }
    const next: i32 = decode(rowFrom, length, length, minTime);
    if (next < 0) {
      takeKept();
      rowFrom = 0;
      return stopped;
    }
    if (next < length) {
      rowFrom = next;
      isParted = true;
      return rowsPart;
    }
    rowFrom = 0;
    at = recordEnd;
    if (kept > 0 || isParted) return rowsEnd;
  }
}

/** Brings the record at `at` to `recordAt`; false where plain code must look at it. */
function takeRecord(): bool {
  let place: usize = at;
  let flags: u32 = 0;
  // What there is of the record so far, which moves up to the next fragment.
  let data: usize = 0;
  let size: usize = 0;
  for (;;) {
    if (place >= windowEnd) return false;
    const pageEnd: usize = place + pageBytes - ((pageUsed + place - windowAt) & (pageBytes - 1));
    const limit: usize = min(pageEnd, windowEnd);
    const header: u32 = load<u8>(place);
    const type: u32 = header & typeMask;
    if (type == padFragment) {
      if (pageEnd > windowEnd) return false;
      for (; place < pageEnd; place++) if (load<u8>(place) != 0) return false;
      continue;
    }
    const start: usize = place + headerBytes;
    if (start > limit || type > lastFragment) return false;
    if ((type <= firstFragment) != (data == 0)) return false;
    const fragment: usize = bswap<u16>(load<u16>(place, 1));
    if (start + fragment > limit) return false;
    if (crc32c(start, <i32>fragment) != bswap<u32>(load<u32>(place, 3))) return false;
    if (data == 0) flags = header;
    else memory.copy(start - size, data, size);
    data = start - size;
    size += fragment;
    place = start + fragment;
    if (type == fullFragment || type == lastFragment) break;
  }
  recordEnd = place;
  return unpack(data, size, flags);
}

function unpack(data: usize, size: usize, flags: u32): bool {
  if ((flags & zstdFlag) != 0) return false;
  if ((flags & snappyFlag) == 0) {
    if (size == 0 || size > <usize>recordBytesMax) return false;
    memory.copy(recordAt, data, size);
    length = <i32>size;
    return true;
  }
  const end: usize = data + size;
  let from: usize = data;
  let plain: u32 = 0;
  for (let shift: u32 = 0; ; shift += 7) {
    if (from >= end || shift > 21) return false;
    const byte: u32 = load<u8>(from++);
    plain |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (plain == 0 || plain > <u32>recordBytesMax) return false;
  length = <i32>plain;
  return uncompress(from, end, recordAt, recordAt + plain);
}
