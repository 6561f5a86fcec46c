import { expect, test } from "vitest";
import { GrowingColumns } from "./growing-columns.js";

/** Grows four columns through the lengths, filling what each round adds, and checks all that was written before. */
function check(lengths: readonly number[]): void {
  const columns = new GrowingColumns().resize(lengths[0] as number);
  let [bytes, shorts, words, floats] = [columns.uint8(), columns.uint16(), columns.uint32(), columns.float64()];
  let filled = 0;
  for (const length of lengths) {
    columns.resize(length);
    bytes = columns.uint8(bytes);
    shorts = columns.uint16(shorts);
    words = columns.uint32(words);
    floats = columns.float64(floats);
    expect([bytes, shorts, words, floats].map((column) => column.length)).toEqual([length, length, length, length]);
    for (let i = filled; i < length; i++) {
      if (bytes[i] !== 0 || shorts[i] !== 0 || words[i] !== 0 || floats[i] !== 0)
        throw new Error(`row ${i} is not new`);
      bytes[i] = i;
      shorts[i] = i;
      words[i] = i;
      floats[i] = i + 0.5;
    }
    filled = length;
    for (let i = 0; i < filled; i++) {
      const isKept = bytes[i] === (i & 0xff) && shorts[i] === (i & 0xffff) && words[i] === i && floats[i] === i + 0.5;
      if (!isKept) throw new Error(`row ${i} of ${length} changed`);
    }
  }
}

test("small columns keep their content", () => check([1, 2, 3, 1000]));
test("columns keep their content where they pass into pages", () => check([1024, 10_000, 20_000, 70_000, 70_001]));
test("columns in pages grow by many pages at once", () => check([100_000, 1_000_000]));
test("without WebAssembly columns are copied", () => {
  const engine = Reflect.get(globalThis, "WebAssembly");
  Reflect.deleteProperty(globalThis, "WebAssembly");
  try {
    check([1024, 100_000]);
  } finally {
    Reflect.set(globalThis, "WebAssembly", engine);
  }
});
