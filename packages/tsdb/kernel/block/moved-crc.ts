// Checksums of one text behind several others, for kernel/block.ts, without reading it again. AssemblyScript.
// crc(a‖c) ^ crc(b‖c) is (crc(a) ^ crc(b)) · x^(8 |c|) modulo the polynomial, as zlib's crc32_combine has it.
import { polynomial, tableEntry } from "./numbers";

/** Powers of x by which checksums are moved over as many bytes. */
const powersAt: usize = 507904;
const powersMax: i32 = 4096;

/** What the checksum of some bytes changes by when what stands before the last `length` of them changes its own by `difference`. */
export function movedCrc(difference: u32, length: i32): u32 {
  if (load<u32>(powersAt) == 0) fillPowers();
  let moved: u32 = difference;
  for (let rest: i32 = length; rest > 0; rest -= powersMax - 1) {
    moved = product(moved, load<u32>(powersAt + (<usize>min(rest, powersMax - 1) << 2)));
  }
  return moved;
}

/** Of polynomials as checksums are: the highest bit is the lowest power. */
function product(a: u32, b: u32): u32 {
  let sum: u32 = 0;
  let shifted: u32 = b;
  for (let rest: u32 = a; rest != 0; rest <<= 1) {
    sum ^= shifted & <u32>(<i32>rest >> 31);
    shifted = (shifted >>> 1) ^ (polynomial & (0 - (shifted & 1)));
  }
  return sum;
}

function fillPowers(): void {
  let power: u32 = 0x80000000;
  for (let bytes: i32 = 0; bytes < powersMax; bytes++) {
    store<u32>(powersAt + (<usize>bytes << 2), power);
    power = (power >>> 8) ^ tableEntry(0, power);
  }
}
