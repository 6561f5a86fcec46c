// Decodes the log's records of samples at a start, and passes over what the head has, for kernel/append.ts. AssemblyScript; its
// oracles are src/wal/records.ts and src/head/replay.ts.
import { keep, kept } from "./kept";
import { recordAt, refPagesAt, rowsMax } from "./layout";

/** Of the time column. */
let timeColumn: usize = 0;

export function setTimeColumn(address: usize): void {
  timeColumn = address;
}

// The record in work: what its rows are told from, where reading stands, and whether it ended within a row.
let baseRef: i64 = 0;
let baseTime: i64 = 0;
let cursor: usize = 0;
let isTorn: bool = false;

/** Begins a record, whose first bytes say what refs and times of its rows are told from. */
export function beginRecord(): void {
  baseRef = <i64>bswap<u64>(load<u64>(recordAt + 1));
  baseTime = <i64>bswap<u64>(load<u64>(recordAt + 9));
}

/**
 * Keeps rows that are newer than what their series have, and those without a slot, from offset `from` until a row begins at or behind `limit`, or there are
 * `rowsMax`. Returns where it stopped; -1 where a row reaches over `end`.
 */
export function decode(from: i32, limit: i32, end: i32, minTime: f64): i32 {
  let at: usize = recordAt + from;
  isTorn = false;
  const stop: usize = recordAt + limit;
  const bytesEnd: usize = recordAt + end;
  while (at < stop && kept < rowsMax) {
    let ref: i64 = baseRef;
    let time: i64 = baseTime;
    // Nearly always the ref takes one byte or two, and the time one. Branches, since the next row need not wait for what they foretell.
    const word: u64 = load<u64>(at);
    const isWhole: bool = at + 11 <= bytesEnd;
    if (isWhole && (word & 0x808080) == 0x80) {
      ref += signed((word & 0x7f) | ((word >> 1) & 0x3f80));
      time += signed((word >> 16) & 0x7f);
      at += 3;
    } else if (isWhole && (word & 0x8080) == 0) {
      ref += signed(word & 0x7f);
      time += signed((word >> 8) & 0x7f);
      at += 2;
    } else {
      cursor = at;
      ref += readVarint(bytesEnd);
      time += readVarint(bytesEnd);
      at = cursor;
      if (isTorn || at + 8 > bytesEnd) return -1;
    }
    const valueAt: usize = at;
    at += 8;
    const t: f64 = <f64>time;
    if (t < minTime) continue;
    const slot: usize = slotOf(ref);
    if (slot != 0 && !(t > load<f64>(timeColumn + (slot << 3)))) continue;
    keep(slot, <f64>ref, t, bswap<u64>(load<u64>(valueAt)));
  }
  return <i32>(at - recordAt);
}

/** 0 for a series that is not there, or not found from here. */
function slotOf(ref: i64): usize {
  if (<u64>ref > 0xffffffff) return 0;
  const page: usize = load<u32>(refPagesAt + ((<u32>ref >> 12) << 2));
  return page == 0 ? 0 : load<u32>(page + ((<u32>ref & 0xfff) << 2));
}

/** Go's zigzag varint of at most ten bytes. */
function readVarint(end: usize): i64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (cursor >= end) break;
    const byte: u64 = load<u8>(cursor++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return signed(value);
  }
  isTorn = true;
  return 0;
}

function signed(zigzag: u64): i64 {
  return <i64>(zigzag >> 1) ^ -<i64>(zigzag & 1);
}
