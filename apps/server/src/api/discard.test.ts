import { expect, test } from "vitest";
import { discardBuffer } from "./discard.js";

test("a discarded buffer holds no memory", () => {
  const before = process.memoryUsage().arrayBuffers;
  const bytes = new Uint8Array(64 * 1024 * 1024).fill(1);
  expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThanOrEqual(bytes.length);
  discardBuffer(bytes.buffer);
  expect(bytes.length).toBe(0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
});
