// CRC-32C (Castagnoli), the checksum of every Prometheus file format.
// Long data go through a kernel (kernel/crc32c.ts). Short data, and all where there is no WebAssembly, are done by slicing-by-8: eight
// tables of 256 entries, so a loop turn eats eight bytes.

import { crc32cWasm } from "./kernel/crc32c.wasm.js";
import { startKernel } from "./kernel.js";

const polynomial = 0x82f63b78;

const tables: readonly Uint32Array[] = buildTables();

function buildTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    first[n] = crc >>> 0;
  }
  const all = [first];
  for (let k = 1; k < 8; k++) {
    const previous = all[k - 1] as Uint32Array;
    all.push(Uint32Array.from(previous, (crc) => (crc >>> 8) ^ (first[crc & 0xff] as number)));
  }
  return all;
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

const kernelPages = 2;
const kernel = startKernel(crc32cWasm, kernelPages);
const kernelData = kernel && new Uint8Array(kernel.buffer, kernel.constant("dataAt"), kernel.constant("dataBytesMax"));
/** The signature in kernel/crc32c.ts. */
const checksum = kernel?.functions["crc32c"] as ((length: number, before: number) => number) | undefined;
/** From here on it is worth a copy into the kernel's memory (crc32c.bench.ts). */
const kernelBytesMin = 192;

/** Checksum of bytes[start, end) as an unsigned 32-bit number; `crc` continues an earlier one. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, crc = 0): number {
  if (end - start < kernelBytesMin || !kernelData || !checksum) return plainCrc32c(bytes, start, end, crc);
  let sum = crc;
  for (let at = start; at < end; at += kernelData.length) {
    const part = bytes.subarray(at, Math.min(end, at + kernelData.length));
    kernelData.set(part);
    sum = checksum(part.length, sum);
  }
  return sum >>> 0;
}

/** As `crc32c`, without the kernel. */
export function plainCrc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, crc = 0): number {
  let c = ~crc;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const low = c ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    c =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < end; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]!) & 0xff]!;
  return ~c >>> 0;
}
