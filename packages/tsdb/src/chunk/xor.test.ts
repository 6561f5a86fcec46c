import { SampleColumns } from "@narthex/model";
import { expect, test } from "vitest";
import { chunkEncoding } from "./encoding.js";
import { decodeXor } from "./xor-decode.js";
import { appendXor, XorStates, xorSampleBytesMax } from "./xor-encode.js";
import { XorDecoder } from "./xor-kernel.js";

function encode(samples: readonly (readonly [t: number, v: number])[]): Uint8Array {
  const columns = new SampleColumns();
  for (const [t, v] of samples) columns.pushFloat(t, v);
  const states = new XorStates(1);
  states.bytes = new Uint8Array(samples.length * xorSampleBytesMax);
  states.reset(0);
  for (let i = 0; i < columns.count; i++) {
    appendXor(states, 0, columns.t[i]!, columns.words[2 * i + 1]!, columns.words[2 * i]!);
  }
  states.writeCount(0, states.bytes);
  return states.bytes.subarray(0, states.byteLength(0));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function check(samples: readonly (readonly [t: number, v: number])[], bytes: string): void {
  expect(hex(encode(samples))).toBe(bytes.replaceAll(" ", ""));
}

test("the documented example has the documented bytes", () => {
  // docs/formats/chunk.md: three samples 15 s apart, 1, 1, 2.
  check(
    [
      [1000, 1],
      [16_000, 1],
      [31_000, 2],
    ],
    // Last four bytes: 0 same value; 0 same delta; 11 new window, 00001 leading, 001011 significant, eleven ones.
    "0003 d00f 3ff0000000000000 9875 3097ffc0",
  );
});

test("a window cuts samples before and after", () => {
  const bytes = encode(Array.from({ length: 50 }, (_, i) => [i * 10, i] as const));
  const columns = new SampleColumns();
  const chunk = { encoding: chunkEncoding.xor, bytes, start: 0, end: bytes.length };
  expect(decodeXor(chunk, columns, { after: 100, end: 140 })).toBe(true);
  expect([...columns.t.subarray(0, columns.count)]).toEqual([110, 120, 130, 140]);
  expect([...columns.v.subarray(0, columns.count)]).toEqual([11, 12, 13, 14]);
});

test("a chunk cut short is refused", () => {
  const bytes = encode(Array.from({ length: 50 }, (_, i) => [i * 10, Math.sin(i)] as const));
  const chunk = { encoding: chunkEncoding.xor, bytes, start: 0, end: bytes.length - 9 };
  expect(decodeXor(chunk, new SampleColumns(), { after: -1, end: 1e9 })).toBe(false);
});

test("a chunk of more samples than the kernel takes is decoded all the same", () => {
  const bytes = encode(Array.from({ length: 3000 }, (_, i) => [i * 10, i & 1] as const));
  const columns = new SampleColumns();
  const chunk = { encoding: chunkEncoding.xor, bytes, start: 0, end: bytes.length };
  expect(new XorDecoder().decode(chunk, columns, { after: -1, end: 1e9 })).toBe(true);
  expect(columns.count).toBe(3000);
  expect(columns.v[2999]).toBe(1);
});

test("without WebAssembly the plain decoder works", () => {
  const engine = Reflect.get(globalThis, "WebAssembly");
  Reflect.deleteProperty(globalThis, "WebAssembly");
  try {
    const bytes = encode([
      [10, 1],
      [20, 2],
    ]);
    const columns = new SampleColumns();
    const decoder = new XorDecoder(bytes.length);
    expect(decoder.hasKernel).toBe(false);
    decoder.memory.set(bytes);
    decoder.begin(columns, { after: -1, end: 1e9 });
    decoder.add(0, bytes.length);
    expect(decoder.finish()).toBe(true);
    expect([...columns.v.subarray(0, columns.count)]).toEqual([1, 2]);
  } finally {
    Reflect.set(globalThis, "WebAssembly", engine);
  }
});
