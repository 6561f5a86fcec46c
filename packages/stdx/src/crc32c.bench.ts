// CRC-32C of pieces as long as chunks, WAL records and pages: the kernel, copies included, beside plain code.
// Real: npm run bench -- crc32c
import { expect, test } from "vitest";
import { crc32c, plainCrc32c } from "./crc32c.js";
import { randomFrom } from "./random.js";

const totalBytes = process.env["BENCH"] === "1" ? 64e6 : 64e4;

test.each([64, 128, 370, 4096, 32_768])("checksums of %i bytes", (length) => {
  const random = randomFrom(1);
  const bytes = Uint8Array.from({ length: 256 * 1024 }, () => random() * 256);
  const count = Math.floor(totalBytes / length);
  const run = (checksum: typeof crc32c): { gigabytesPerSecond: number; sum: number } => {
    let [sum, best] = [0, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 6; round++) {
      sum = 0;
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        const from = (i * 61) % (bytes.length - length);
        sum = (sum ^ checksum(bytes, from, from + length)) >>> 0;
      }
      best = Math.min(best, performance.now() - start);
    }
    return { gigabytesPerSecond: (count * length) / best / 1e6, sum };
  };
  const [kernel, plain] = [run(crc32c), run(plainCrc32c)];
  expect(kernel.sum).toBe(plain.sum);
  if (process.env["BENCH"] === "1") console.info({ length, kernel, plain });
});
